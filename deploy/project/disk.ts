import { Problem } from "../problem.ts";

const DENIED = "read or written: permission is denied";

/** What cannot be done, and what the operator can mend, by the code of the system's error. */
const REASONS: Readonly<Record<string, string>> = {
  // The system does not say which of both it was.
  EACCES: DENIED,
  EPERM: DENIED,
  ENOTDIR: "read or written: a file is in the way",
  EISDIR: "read or written: a folder is in the way",
  EROFS: "written: its disk is read-only",
  ENOSPC: "written: its disk is full",
  EDQUOT: "written: its disk is full for you",
  EEXIST: "written: a file is in the way",
};

/**
 * A file that cannot be read or written, as a Problem with the path and the reason.
 * @returns any other error as it is
 */
export function withReason(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  // A copy and a rename fail at their end: what they begin with is ours.
  const { code = "", path, dest = path }: NodeJS.ErrnoException & { dest?: string } = error;
  if (dest === undefined || !Object.hasOwn(REASONS, code)) return error;
  return new Problem(`${dest} cannot be ${REASONS[code]} (${code})`);
}

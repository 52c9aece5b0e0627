import { Problem } from "../problem.ts";

/** What the operator can mend, by the code of the system's error. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "its disk is read-only",
  ENOSPC: "its disk is full",
  EDQUOT: "its disk is full for you",
  EEXIST: "a file is in the way",
  ENOTDIR: "a file is in the way",
  EISDIR: "a folder is in the way",
};

/**
 * A file that cannot be written, as a Problem with the path and the reason.
 * @returns any other error as it is
 */
export function withReason(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = "", path }: NodeJS.ErrnoException = error;
  if (path === undefined || !Object.hasOwn(REASONS, code)) return error;
  return new Problem(`${path} cannot be written: ${REASONS[code]} (${code})`);
}

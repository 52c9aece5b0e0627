import { type Stats, statSync } from "node:fs";
import { join } from "node:path";

/** Which paths COPY of a Dockerfile takes as they are, for messages. */
export const PATH_FOR_COPY = 'of letters, digits, ".", "@", "+", "-" and "/"';

/** What is there in a folder; undefined also for a path that COPY does not take, and for one out of the folder. */
export function statForCopy(folder: string, path: string): Stats | undefined {
  const isPlain =
    /^[\w@.+-][\w@.+/-]*$/.test(path) && path !== "." && !path.split("/").includes("..");
  return isPlain ? statSync(join(folder, path), { throwIfNoEntry: false }) : undefined;
}

import { lstatSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../problem.ts";
import { USAGE_EXIT_CODE } from "./name.ts";

/**
 * The first part of a path below a folder that is a symbolic link, the file itself included: a write would go to
 * where it leads. Undefined where there is none.
 */
export function linkIn(root: string, path: string): string | undefined {
  const parts = path.split("/");
  return parts
    .map((_, index) => parts.slice(0, index + 1).join("/"))
    .find((each) => lstatSync(join(root, each), { throwIfNoEntry: false })?.isSymbolicLink());
}

/** Refuses a folder in which these paths lead elsewhere. @throws Problem */
export function requireNoLinks(root: string, paths: readonly string[]): void {
  for (const path of paths) {
    const link = linkIn(root, path);
    if (link === undefined) continue;
    throw new Problem(
      `${join(root, link)} is a symbolic link, and ${path} would be written to where it leads: ` +
        "replace it by a file or folder of its own",
      USAGE_EXIT_CODE,
    );
  }
}

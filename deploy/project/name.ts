import { Problem } from "../problem.ts";

/** EX_USAGE of sysexits.h. */
export const USAGE_EXIT_CODE = 64;

const LONGEST = 40;

/** Names that npm or the tools use themselves, or that a folder of the project has. */
const TAKEN = new Set(["app", "gatehouse", "node_modules", "test"]);

/** A name made from that of a package or of a folder: "@acme/Old_Shop" becomes "old-shop". */
export function nameFrom(words: string): string {
  const parts = words
    .replace(/^@[^/]*\//, "")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return parts.filter((each) => each !== "").join("-");
}

/**
 * Refuses what cannot name a package, an image and a Compose project alike.
 * @throws Problem
 */
export function requireName(name: string): void {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= LONGEST && !TAKEN.has(name))
    return;
  throw new Problem(
    `NAME=${name}: expected small letters, digits and single hyphens, beginning with a letter, at most ` +
      `${LONGEST} of them, and not ${[...TAKEN].join(", ")}: it names packages, images and networks`,
    USAGE_EXIT_CODE,
  );
}

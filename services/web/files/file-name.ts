import { EdgeError } from "../exchange/edge-error.ts";

/** What no name of a served file holds: the separators of any system, and control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are refused
const NEVER = /[\\\x00-\x1f\x7f]|%2f/i;

/**
 * The name of a file within its folder, by the path of a request behind the mount's prefix:
 * "fonts/a b.woff2" for "fonts/a%20b.woff2". One that ends in a slash, or is empty, names a folder.
 * An encoded slash is refused, since other programs read it as a slash, and as part of a name.
 * @throws EdgeError 400 where the encoding is broken or not the shortest form of UTF-8, 404 where no
 *   such file is ever served: dot segments, hidden files, empty segments
 */
export function fileName(path: string): string {
  let name: string;
  try {
    name = path.includes("%") ? decodeURIComponent(path) : path;
  } catch {
    throw new EdgeError("bad-request", 400, "The address is not well-formed.");
  }
  if (NEVER.test(name) || NEVER.test(path) || hasBadSegment(name)) throw noSuchFile();
  return name;
}

/** Whether a part of a path is hidden, leads upwards, or is empty before the last slash. */
function hasBadSegment(name: string): boolean {
  return name.startsWith(".") || name.startsWith("/") || /\/[./]/.test(name);
}

export function noSuchFile(): EdgeError {
  return new EdgeError("not-found", 404, "There is no such file.");
}

import { EdgeError } from "../exchange/edge-error.ts";

/** What no served name contains: the separators of any system, and control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are refused
const FORBIDDEN = /[\\\x00-\x1f\x7f]|%2f/i;
/** A segment that begins with a dot, or is empty and not the last. */
const HIDDEN_OR_EMPTY = /(?:^|\/)[./]/;

/**
 * The name of a file within its folder, from the path of a request behind the mount's prefix:
 * "fonts/a b.woff2" for "fonts/a%20b.woff2". A name that is empty or ends in a slash is a folder's.
 * An encoded slash is refused: some programs read it as a slash, others as part of a name.
 * @throws EdgeError 400 where the encoding is malformed or not the shortest form of UTF-8, 404 for
 *   what is never served: dot segments, hidden files, empty segments
 */
export function fileName(path: string): string {
  let name: string;
  try {
    name = path.includes("%") ? decodeURIComponent(path) : path;
  } catch {
    throw new EdgeError("bad-request", 400, "The address is not well-formed.");
  }
  if (FORBIDDEN.test(name) || FORBIDDEN.test(path) || HIDDEN_OR_EMPTY.test(name))
    throw noSuchFile();
  return name;
}

export function noSuchFile(): EdgeError {
  return new EdgeError("not-found", 404, "There is no such file.");
}

/**
 * Whether a name contains a hash of its content in front of its extension: style.3f2a9c1b.css,
 * index-DiwrgTda.js. Names come from clients: the time is linear in their length.
 */
export function isHashed(name: string): boolean {
  const pieces = name.slice(name.lastIndexOf("/") + 1).split(".");
  const [last = ""] = pieces.splice(-1);
  return last !== "" && pieces.some((piece, at) => endsInHash(piece, at > 0));
}

/** Eight characters or more: hexadecimal, or with a digit or a capital, which words hardly have. */
function endsInHash(piece: string, mayBeWhole: boolean): boolean {
  const end = piece.split(/[^\w-]/).at(-1) ?? "";
  const longest = mayBeWhole && end === piece ? end : end.slice(end.indexOf("-") + 1 || end.length);
  const shortest = longest.slice(longest.lastIndexOf("-") + 1);
  return (longest.length >= 8 && /[0-9A-Z]/.test(longest)) || /^[0-9a-f]{8,}$/.test(shortest);
}

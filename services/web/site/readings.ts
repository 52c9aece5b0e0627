/** Nearly every path has none of these, and all applications read it in the same way. */
const READ_IN_SEVERAL_WAYS = /[%\\;A-Z]|\/[./]/;

/**
 * What decodeURI decodes of ASCII, in lower case: all but "#$&+,/:;=?@". RFC 3986, section 2.3, has the unreserved ones of
 * it mean the same encoded or not. An encoded slash is not among it: to the RFC and to the routers it is a part of a segment.
 */
const ENCODED = /%(?:2[0-257-9ade]|3[\dce]|4[1-9a-f]|[56][\da-f]|7[\da-e])/g;
/** The Kelvin sign: toLowerCase makes a k of it, for an application that decodes first. */
const KELVIN = /%e2%84%aa/g;

/** A dot segment; with `..;x` that of a server which takes parameters away first. */
const DOT_SEGMENT = /[/\\](?:\.|%2e){1,2}(?:[/;\\]|$)/i;
const PARAMETERS = /;[^/]*/g;
const SLASHES = /\/{2,}/g;

/** The path of a request's target, without its query. */
export function pathOf(target: string): string {
  const end = target.indexOf("?");
  return end < 0 ? target : target.slice(0, end);
}

/**
 * The paths that applications take a path for, as far as dot segments go: itself first (Express,
 * Fastify), then what the URL of the Fetch standard makes of it (Hono, Next), also where empty segments
 * or parameters were taken away before. What differs beyond that is left to `folded`.
 * @returns undefined for a path that all read in the same way
 */
export function readingsOf(path: string): readonly string[] | undefined {
  if (!READ_IN_SEVERAL_WAYS.test(path)) return undefined;
  if (!DOT_SEGMENT.test(path)) return [path];
  const plain = path.replace(/%2e/gi, ".").replaceAll("\\", "/");
  const bare = plain.replace(PARAMETERS, "");
  // Nearly always they are one.
  const forms = new Set([plain, plain.replace(SLASHES, "/"), bare, bare.replace(SLASHES, "/")]);
  return [path, ...new Set([...forms].map(withoutDots))];
}

/**
 * What an application compares that is as lenient as any: without regard to case (Express), decoded
 * (Fastify, Hono), a backslash being a slash (Hono, Next), without parameters behind `;` (Fastify 4, Java)
 * and without empty segments (Fastify's ignoreDuplicateSlashes, nginx).
 */
export function folded(path: string): string {
  return path
    .toLowerCase()
    .replace(ENCODED, (code) =>
      String.fromCharCode(Number.parseInt(code.slice(1), 16)).toLowerCase(),
    )
    .replace(KELVIN, "k")
    .replaceAll("\\", "/")
    .replace(PARAMETERS, "")
    .replace(SLASHES, "/");
}

/** As RFC 3986, section 5.2.4. */
function withoutDots(path: string): string {
  const segments: string[] = [];
  for (const segment of path.slice(1).split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== ".") segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

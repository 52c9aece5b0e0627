/**
 * The fields of an answer's head as Node keeps them: an entry of name and value by the lower-case
 * name, where they were set one by one; or what writeHead was given, which may be an object, names
 * and values in turn, or pairs of them.
 */
export type GivenFields = Readonly<Record<string, unknown>> | readonly unknown[] | undefined;

/** The Content-Type among them; "" if there is none. */
export function contentTypeOf(given: GivenFields): string {
  if (!given) return "";
  if (isList(given)) return contentTypeIn(given);
  const value = given["content-type"] ?? given["Content-Type"] ?? "";
  return String(Array.isArray(value) ? value.at(-1) : value);
}

function contentTypeIn(list: readonly unknown[]): string {
  const flat = Array.isArray(list[0]) ? list.flat() : list;
  for (let index = 0; index < flat.length; index += 2) {
    const name = flat[index];
    if (name === "Content-Type" || name === "content-type") return String(flat[index + 1]);
  }
  return "";
}

function isList(given: object): given is readonly unknown[] {
  return Array.isArray(given);
}

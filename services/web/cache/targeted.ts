import { withoutBlanks } from "@gatehouse/http";

/** The directives of a field, in lower case, with their seconds. */
export type Directives = ReadonlyMap<string, number>;

/** RFC 9111, section 1.2.2: larger values count as this one. */
export const LARGEST_DELTA_SECONDS = 2 ** 31;

/** Directives whose value is an Integer; of the others it is true, or a String that lists names. */
const OF_SECONDS: ReadonlySet<string> = new Set(
  "max-age s-maxage stale-while-revalidate stale-if-error".split(" "),
);

/** RFC 9651, sections 3.1.2, 3.2 and 3.3. */
const KEY = "[a-z*][a-z0-9_.*-]*";
const INTEGER = "-?\\d{1,15}(?![\\d.])";
const STRING = '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\["\\\\])*"';
const OTHERS = [
  "-?\\d{1,12}\\.\\d{1,3}(?!\\d)",
  "[A-Za-z*][\\w!#$%&'*+.^`|~:/-]*",
  ":[A-Za-z0-9+/=]*:",
  "@-?\\d{1,15}(?!\\d)",
  '%"(?:[\\x20\\x21\\x23\\x24\\x26-\\x7e]|%[0-9a-f]{2})*"',
].join("|");
const BARE_ITEM = `(?:${INTEGER}|${STRING}|\\?[01]|${OTHERS})`;
const PARAMETERS = `(?:; *${KEY}(?:=${BARE_ITEM})?)*`;
const INNER_LIST = `\\((?: *(?:${BARE_ITEM}${PARAMETERS}(?= |\\))))* *\\)`;
/** A member: its key, and its value as an Integer, a String, a Boolean or something else. */
const MEMBER_PATTERN = `(${KEY})(?:=(?:(${INTEGER})|(${STRING})|(\\?[01])|(?:${OTHERS}|${INNER_LIST})))?${PARAMETERS}`;
const MEMBER = new RegExp(MEMBER_PATTERN, "y");
/** Characters; honest fields have a tenth. */
const LONGEST = 1024;
const SEPARATOR = /[ \t]*,[ \t]*(?!$)/y;

/**
 * Reads a targeted field, which is a Dictionary of Structured Fields; of a key that is there twice the
 * last one counts. A directive whose value has another type than its own is not there (RFC 9213,
 * section 2.1).
 * @returns undefined for an empty field, or one that is no Dictionary: it is as if it was not there
 */
export function readTargeted(field: string): Directives | undefined {
  if (field.length > LONGEST) return undefined;
  const text = withoutBlanks(field);
  const directives = new Map<string, number>();
  for (let at = 0; ; ) {
    MEMBER.lastIndex = at;
    const match = MEMBER.exec(text);
    if (match === null) return undefined;
    take(directives, match);
    if (MEMBER.lastIndex === text.length) return directives;
    SEPARATOR.lastIndex = MEMBER.lastIndex;
    if (!SEPARATOR.test(text)) return undefined;
    at = SEPARATOR.lastIndex;
  }
}

function take(directives: Map<string, number>, match: RegExpExecArray): void {
  const [whole, key = "", integer, string, boolean] = match;
  directives.delete(key);
  if (OF_SECONDS.has(key)) {
    const seconds = Number(integer ?? -1);
    if (seconds >= 0) directives.set(key, Math.min(seconds, LARGEST_DELTA_SECONDS));
    return;
  }
  const isTrue = boolean === "?1" || whole[key.length] !== "=";
  if (isTrue || string !== undefined) directives.set(key, 0);
}

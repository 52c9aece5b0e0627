/** Letters, digits, punctuation or symbols; a text of invisible characters is none. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** One line, as it is stored: no space at its ends, one between words. */
export const line = (value: string | null): string => (value ?? "").replaceAll(/\s+/g, " ").trim();

/** Several lines; browsers send CRLF for the one character that a line break is. */
export const lines = (value: string | null): string =>
  (value ?? "").replaceAll(/\r\n?/g, "\n").trim();

/**
 * What is wrong with a text, in words for whoever wrote it; undefined where nothing is.
 * @param limit in characters (code points)
 */
export function complaint(value: string, limit: number, whenEmpty: string): string | undefined {
  if (!VISIBLE.test(value)) return whenEmpty;
  const length = [...value].length;
  return length > limit ? `At most ${limit} characters, please: these are ${length}.` : undefined;
}

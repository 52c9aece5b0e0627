/** What needs no escape in JSON, and is one byte a character. */
const PLAIN = /^[ !#-[\]-~]*$/;
const BEYOND_ASCII = /[^ -~]/g;

/**
 * A word as a JSON string of ASCII alone, so that its length is its bytes; longer ones are clipped.
 * @param length characters that are kept
 */
export function jsonWord(word: string, length: number): string {
  const clipped = word.length <= length ? word : `${word.slice(0, length)}...`;
  if (PLAIN.test(clipped)) return `"${clipped}"`;
  return JSON.stringify(clipped).replace(BEYOND_ASCII, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

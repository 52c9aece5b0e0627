const SPACE = 0x20;
const TILDE = 0x7e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BEYOND_ASCII = /[^ -~]/g;

/**
 * A word as the inside of a JSON string, in ASCII alone, so that its length is its bytes.
 * @param length characters that are kept; the rest is cut
 */
export function jsonText(word: string, length: number): string {
  const clipped = word.length <= length ? word : `${word.slice(0, length)}...`;
  if (isPlain(clipped)) return clipped;
  return JSON.stringify(clipped).slice(1, -1).replace(BEYOND_ASCII, escaped);
}

/** Whether no character needs an escape. For short words a loop is faster than a pattern. */
function isPlain(word: string): boolean {
  for (let index = 0; index < word.length; index++) {
    const code = word.charCodeAt(index);
    if (code < SPACE || code > TILDE || code === QUOTE || code === BACKSLASH) return false;
  }
  return true;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

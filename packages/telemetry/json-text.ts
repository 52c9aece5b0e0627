const SPACE = 0x20;
const TILDE = 0x7e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BEYOND_ASCII = /[^ -~]/g;

/**
 * What stands between the quotes of a word as a JSON string, in ASCII alone, so that its length is
 * its bytes; longer ones are clipped.
 * @param length characters that are kept
 */
export function jsonText(word: string, length: number): string {
  const clipped = word.length <= length ? word : `${word.slice(0, length)}...`;
  if (isPlain(clipped)) return clipped;
  return JSON.stringify(clipped).slice(1, -1).replace(BEYOND_ASCII, escaped);
}

/** Whether no character needs an escape, and each is one byte: of short words faster than a pattern. */
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

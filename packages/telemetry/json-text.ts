const SPACE = 0x20;
const TILDE = 0x7e;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BEYOND_ASCII = /[^ -~]/;

/**
 * A word as the inside of a JSON string, in ASCII alone, so that its length is its bytes.
 * @param length bytes that are kept, escapes included; dots stand for the rest
 */
export function jsonText(word: string, length: number): string {
  const clipped = word.length <= length ? word : word.slice(0, length);
  if (isPlain(clipped)) return clipped === word ? word : `${clipped}...`;
  let text = "";
  for (let index = 0; index < word.length; index++) {
    const piece = escaped(word[index] ?? "");
    if (text.length + piece.length > length) return `${text}...`;
    text += piece;
  }
  return text;
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
  if (!BEYOND_ASCII.test(character)) return JSON.stringify(character).slice(1, -1);
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

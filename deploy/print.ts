/**
 * A text as a terminal may show it. What others have written, such as the log of a container, the manifest of a backup or
 * a name in a database, could else clear the screen, change what stands there, or type: each character that moves or hides
 * instead of showing is shown as its number.
 */
export function printable(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(/(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) => {
      const number = character.codePointAt(0) ?? 0;
      return `\\u${number.toString(16).padStart(4, "0")}`;
    });
}

/** Writes a command's text to standard error, with what others have said in it. */
export function printError(text: string): void {
  process.stderr.write(printable(text));
}

/** Writes a command's text to standard output, with what others have said in it. */
export function print(text: string): void {
  process.stdout.write(printable(text));
}

/** Whether every line of a text ends as git writes it into a working tree with core.autocrlf. */
export function endsInCrlf(text: string): boolean {
  return text.includes("\r\n") && !/(^|[^\r])\n/.test(text);
}

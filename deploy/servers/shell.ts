/** A word that a POSIX shell takes as it is, whatever is in it. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Words of a command line, each quoted. */
export function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

/** Lines that set variables for what follows them in a script. */
export function exports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join("");
}

/** A word that a POSIX shell takes as it is, whatever is in it. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A word for a command line that an operator reads: quoted only if it must be. */
export function shown(word: string): string {
  return /^[\w@%+:,./-]+$/.test(word) ? word : quoted(word);
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

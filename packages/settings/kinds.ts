/** One row of a settings table. Each kind reads a word and describes the words that it accepts. */
export interface Setting<T> {
  readonly default: T;
  /** What is allowed, for the operator: "a whole number from 1 to 65535". */
  readonly allowed: string;
  /** One line for the manual: why an operator would change it. */
  readonly why: string;
  /** The variable's full name, if it does not start with the table's prefix. */
  readonly variable?: string;
  /** The value may be a secret, so no message shows it. */
  readonly confidential?: boolean;
  /** Its flag may be given several times. */
  readonly isList?: boolean;
  /** @returns undefined if the word is not allowed */
  readonly read: (word: string) => T | undefined;
}

type Row<T> = Pick<Setting<T>, "default" | "why" | "variable" | "confidential">;

/** A regular expression, or any other test of a word. */
type Pattern = Pick<RegExp, "test">;

interface Range {
  readonly min: number;
  readonly max: number;
}

/** @param row with the unit of the number ("ms", "bytes"), if it has one */
export function integer(row: Row<number> & Range & { readonly unit?: string }): Setting<number> {
  const { min, max, unit } = row;
  return {
    ...row,
    allowed: `a whole number from ${min} to ${max}${unit ? ` (${unit})` : ""}`,
    read: (word) => {
      if (!/^-?\d{1,15}$/.test(word)) return undefined;
      const number = Number(word);
      return number >= min && number <= max ? number : undefined;
    },
  };
}

export const milliseconds = (row: Row<number> & Range) => integer({ ...row, unit: "ms" });
export const seconds = (row: Row<number> & Range) => integer({ ...row, unit: "s" });

/** One word of a fixed list. */
export function choice<const Words extends readonly string[]>(
  row: Row<Words[number]> & { readonly of: Words },
): Setting<Words[number]> {
  return {
    ...row,
    allowed: `one of ${row.of.join(", ")}`,
    read: (word) => row.of.find((known) => known === word),
  };
}

/** A switch: "on" or "off". */
export function toggle(row: Row<boolean>): Setting<boolean> {
  return {
    ...row,
    allowed: "on or off",
    read: (word) => (word === "on" ? true : word === "off" ? false : undefined),
  };
}

/** Text that matches a pattern; `allowed` describes the pattern. */
export function text(
  row: Row<string> & { readonly allowed: string; readonly matches: Pattern },
): Setting<string> {
  return { ...row, read: (word) => (row.matches.test(word) ? word : undefined) };
}

/** A path of the file system. It need not exist. */
export function path(row: Row<string>): Setting<string> {
  return text({ ...row, allowed: "a path", matches: /^[^\0]+$/ });
}

/** A path, or nothing: the default. */
export function optionalPath(why: string): Setting<string> {
  return text({ default: "", allowed: "a path, or nothing", matches: /^[^\0]*$/, why });
}

/** The port to listen on; 0 takes any. */
export function port(port: number, why: string): Setting<number> {
  return integer({ default: port, min: 0, max: 65535, why });
}

/** The address to listen on: by default this host alone reaches it. */
export function host(why: string): Setting<string> {
  const allowed = "a host name or an address";
  return text({ default: "127.0.0.1", allowed, matches: /^[A-Za-z0-9.:_-]+$/, why });
}

/** A comma-separated list; every item matches a pattern. */
export function list(
  row: Row<readonly string[]> & { readonly allowed: string; readonly matches: Pattern },
): Setting<readonly string[]> {
  return {
    ...row,
    isList: true,
    read: (word) => {
      const items = word === "" ? [] : word.split(",").map((item) => item.trim());
      return items.every((item) => row.matches.test(item)) ? items : undefined;
    },
  };
}

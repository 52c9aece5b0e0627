/** One row of a settings table. Each kind reads a word and describes the words that it accepts. */
export interface Setting<T> {
  readonly kind: string;
  readonly default: T;
  /** The unit of the number ("ms", "bytes"), or "". */
  readonly unit: string;
  /** What is allowed, for the operator: "a whole number from 1 to 65535". */
  readonly allowed: string;
  /** One line for the manual: why an operator would change it. */
  readonly why: string;
  /** The variable's full name, if it does not start with the table's prefix. */
  readonly variable?: string;
  /** The value may be a secret, so no message shows it. */
  readonly confidential?: boolean;
  /** @returns undefined if the word is not allowed */
  readonly read: (word: string) => T | undefined;
}

interface Row<T> {
  readonly default: T;
  readonly why: string;
  readonly variable?: string;
  readonly confidential?: boolean;
}

/** A regular expression, or any other test of a word. */
interface Pattern {
  readonly test: (word: string) => boolean;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number within a range. */
export function integer(row: Row<number> & Range & { readonly unit?: string }): Setting<number> {
  const { min, max } = row;
  return {
    ...row,
    kind: "integer",
    unit: row.unit ?? "",
    allowed: `a whole number from ${min} to ${max}${row.unit ? ` (${row.unit})` : ""}`,
    read: (word) => {
      if (!/^-?\d{1,15}$/.test(word)) return undefined;
      const number = Number(word);
      return number >= min && number <= max ? number : undefined;
    },
  };
}

/** A time span in milliseconds. */
export function milliseconds(row: Row<number> & Range): Setting<number> {
  return { ...integer({ ...row, unit: "ms" }), kind: "milliseconds" };
}

/** A time span in whole seconds. */
export function seconds(row: Row<number> & Range): Setting<number> {
  return { ...integer({ ...row, unit: "s" }), kind: "seconds" };
}

/** One word of a fixed list. */
export function choice<const Words extends readonly string[]>(
  row: Row<Words[number]> & { readonly of: Words },
): Setting<Words[number]> {
  return {
    ...row,
    kind: "choice",
    unit: "",
    allowed: `one of ${row.of.join(", ")}`,
    read: (word) => row.of.find((known) => known === word),
  };
}

/** A switch: "on" or "off". */
export function toggle(row: Row<boolean>): Setting<boolean> {
  return {
    ...row,
    kind: "switch",
    unit: "",
    allowed: "on or off",
    read: (word) => (word === "on" ? true : word === "off" ? false : undefined),
  };
}

/** Text that matches a pattern; `allowed` describes the pattern. */
export function text(
  row: Row<string> & { readonly allowed: string; readonly matches: Pattern },
): Setting<string> {
  return {
    ...row,
    kind: "text",
    unit: "",
    read: (word) => (row.matches.test(word) ? word : undefined),
  };
}

/** A path of the file system. It need not exist. */
export function path(row: Row<string>): Setting<string> {
  return { ...text({ ...row, allowed: "a path", matches: /^[^\0]+$/ }), kind: "path" };
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
    kind: "list",
    unit: "",
    read: (word) => {
      const items = word === "" ? [] : word.split(",").map((item) => item.trim());
      return items.every((item) => row.matches.test(item)) ? items : undefined;
    },
  };
}

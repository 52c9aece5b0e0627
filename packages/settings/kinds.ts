/**
 * The kinds of value that a setting can have. Each kind knows how to read a word from the
 * environment or a flag, and how to say what it would have accepted.
 */

/** One row of a settings table. */
export interface Setting<T> {
  readonly kind: string;
  readonly default: T;
  /** What the number counts ("ms", "bytes"), or "" where there is nothing to count. */
  readonly unit: string;
  /** What is allowed, in words for the operator: "a whole number from 1 to 65535". */
  readonly allowed: string;
  /** One line for the manual: why an operator would touch it. */
  readonly why: string;
  /** The variable's full name where it does not follow from the table's prefix. */
  readonly variable?: string;
  /** A wrong value may hold a secret, so that no message repeats it. */
  readonly confidential?: boolean;
  /** Reads a word; undefined means that the word is not allowed. */
  readonly read: (word: string) => T | undefined;
}

interface Row<T> {
  readonly default: T;
  readonly why: string;
  readonly variable?: string;
  readonly confidential?: boolean;
}

/** A regular expression, or any other judge of a word. */
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

/** One word out of a fixed list. */
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

/** Free text that matches a pattern; `allowed` says the pattern in words. */
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

/** A path of the file system; existence is checked by whoever opens it. */
export function path(row: Row<string>): Setting<string> {
  return { ...text({ ...row, allowed: "a path", matches: /^[^\0]+$/ }), kind: "path" };
}

/** A comma-separated list of which every item matches a pattern. */
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

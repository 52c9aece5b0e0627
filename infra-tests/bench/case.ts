/** One kind of answer whose cost is compared. */
export interface Case {
  readonly name: string;
  readonly target: string;
  /** The most that our edge may cost, as a multiple of nginx. */
  readonly bar: number;
}

/** The size of the static file, in bytes: that of a usual style sheet. */
export const FILE_BYTES = 14 * 1024;
/** Its name has a hash, as those of all assets. */
export const FILE = "bench.0123456789abcdef.css";

export const CASES: readonly Case[] = [
  { name: "proxied plain answer", target: "/plain", bar: 2.0 },
  { name: "static file of 14 KB", target: `/assets/${FILE}`, bar: 1.5 },
];

import { readFile } from "node:fs/promises";
import type { Mutant } from "@stryker-mutator/api/core";
import { Instrumenter } from "@stryker-mutator/instrumenter";

/** A place in a file: lines from 0, columns from 0, as StrykerJS counts them. */
type Range = Mutant["location"];

/** The mutants of one piece of code; they are tested together or not at all. */
export interface Piece {
  readonly file: string;
  readonly range: Range;
  readonly mutants: number;
}

/** A larger piece (a whole function) would be most of a sample by itself. */
const MOST_MUTANTS_OF_PIECE = 6;

/** StrykerJS's log of what it reads: its result says all that matters here. */
const silent = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
};

/** All pieces of code that StrykerJS's default mutators would change, in the order of the files. */
export async function piecesOf(files: readonly string[]): Promise<Piece[]> {
  const instrumenter = new Instrumenter(silent);
  const pieces: Piece[] = [];
  for (const file of files) {
    const content = await readFile(file, "utf8");
    const { mutants } = await instrumenter.instrument([{ name: file, content, mutate: true }], {
      plugins: null,
      excludedMutations: [],
      ignorers: [],
    });
    const ranges = new Map(mutants.map(({ location }) => [JSON.stringify(location), location]));
    for (const range of ranges.values()) {
      const inside = mutants.filter(({ location }) => contains(range, location)).length;
      if (inside <= MOST_MUTANTS_OF_PIECE) pieces.push({ file, range, mutants: inside });
    }
  }
  return pieces;
}

/**
 * Draws pieces until they hold `wanted` mutants; pieces that overlap an earlier one are passed over.
 * @param seed the same seed draws the same sample from the same code
 */
export function draw(pieces: readonly Piece[], wanted: number, seed: number): Piece[] {
  const drawn: Piece[] = [];
  let count = 0;
  for (const piece of shuffled(pieces, seed)) {
    if (count >= wanted) break;
    if (drawn.some((other) => other.file === piece.file && overlap(other.range, piece.range))) {
      continue;
    }
    drawn.push(piece);
    count += piece.mutants;
  }
  return drawn;
}

/** A piece as an entry of StrykerJS's `mutate` option: lines from 1. */
export function mutateEntry({ file, range: { start, end } }: Piece): string {
  return `${file}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`;
}

/** Fisher and Yates, with a generator that a seed determines (mulberry32). */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  const result = [...list];
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

function contains(outer: Range, inner: Range): boolean {
  return !isBefore(inner.start, outer.start) && !isBefore(outer.end, inner.end);
}

function overlap(one: Range, other: Range): boolean {
  return isBefore(one.start, other.end) && isBefore(other.start, one.end);
}

function isBefore(one: Range["start"], other: Range["start"]): boolean {
  return one.line < other.line || (one.line === other.line && one.column < other.column);
}

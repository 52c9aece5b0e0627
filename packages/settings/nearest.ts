import { closest, distance } from "fastest-levenshtein";

/** The known name closest to a misspelt one, if at most a third of its letters differ. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const best = closest(name, known);
  return distance(name, best) <= name.length / 3 ? best : undefined;
}

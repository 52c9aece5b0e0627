import { Remembered, weightedList } from "@gatehouse/http";

/** The codings in which files may lie beside the plain one, by the suffix of their names. */
export const SUFFIXES = { br: ".br", zstd: ".zst", gzip: ".gz" } as const;

export type Compressed = keyof typeof SUFFIXES;
export type Coding = Compressed | "identity";

/** Of equally preferred codings the smallest comes first. */
const BY_SIZE: readonly Coding[] = ["br", "zstd", "gzip", "identity"];

/** Identity is acceptable unless refused, but less than any listed coding. */
const UNLISTED_IDENTITY = 0.0001;

/** Clients send few different fields. */
const remembered = new Remembered(negotiate);
const WITHOUT_FIELD: readonly Coding[] = ["identity"];

/**
 * The acceptable codings, the most preferred first; empty where the client refuses all that the edge
 * knows. RFC 9110, section 12.5.3.
 * @param field Accept-Encoding; undefined where the request has none
 */
export function acceptedCodings(field: string | undefined): readonly Coding[] {
  return field === undefined ? WITHOUT_FIELD : remembered.of(field);
}

function negotiate(field: string): readonly Coding[] {
  const weights = new Map<string, number>();
  for (const [value, weight] of weightedList(field)) {
    if (!Number.isNaN(weight)) weights.set(value === "x-gzip" ? "gzip" : value, weight);
  }
  const others = weights.get("*");
  const weightOf = (coding: Coding): number => {
    const own = weights.get(coding);
    if (own !== undefined) return own;
    if (coding === "identity") return others === 0 ? 0 : UNLISTED_IDENTITY;
    return others ?? 0;
  };
  return BY_SIZE.filter((coding) => weightOf(coding) > 0).sort(
    (one, other) => weightOf(other) - weightOf(one),
  );
}

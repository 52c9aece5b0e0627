/** The codings that files may lie in beside the plain one, by the suffix of their names. */
export const SUFFIXES = { br: ".br", zstd: ".zst", gzip: ".gz" } as const;

export type Compressed = keyof typeof SUFFIXES;
export type Coding = Compressed | "identity";

/** Where a client likes several equally, the smallest comes first. */
const BY_SIZE: readonly Coding[] = ["br", "zstd", "gzip", "identity"];

/** Identity is welcome unless refused, but less than anything that a client asks for. */
const UNLISTED_IDENTITY = 0.0001;

/** RFC 9110, section 12.4.2: a weight has at most three decimals. */
const ELEMENT = /^([\w!#$%&'*+.^`|~-]+)(?:\s*;\s*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

/** Clients send few different fields: a verdict is remembered, and the memory is bounded. */
const MOST_REMEMBERED = 256;
const remembered = new Map<string, readonly Coding[]>();
const WITHOUT_FIELD: readonly Coding[] = ["identity"];

/**
 * The codings that an answer may have, the most welcome first; empty where the client refuses all
 * that the edge knows. RFC 9110, section 12.5.3.
 * @param field Accept-Encoding; undefined where the request has none
 */
export function acceptedCodings(field: string | undefined): readonly Coding[] {
  if (field === undefined) return WITHOUT_FIELD;
  const known = remembered.get(field);
  if (known !== undefined) return known;
  const codings = judge(field);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(field, codings);
  return codings;
}

function judge(field: string): readonly Coding[] {
  const listed = new Map<string, number>();
  for (const element of field.split(",")) {
    const [, name = "", weight = "1"] = ELEMENT.exec(element.trim()) ?? [];
    if (name !== "") listed.set(name.toLowerCase().replace(/^x-gzip$/, "gzip"), Number(weight));
  }
  const others = listed.get("*");
  const weigh = (coding: Coding): number => {
    const own = listed.get(coding);
    if (own !== undefined) return own;
    if (coding === "identity") return others === 0 ? 0 : UNLISTED_IDENTITY;
    return others ?? 0;
  };
  return BY_SIZE.filter((coding) => weigh(coding) > 0).sort(
    (one, other) => weigh(other) - weigh(one),
  );
}

import { FORWARDED_HEADERS, isHopByHop } from "@gatehouse/http";

/** What the edge does with a field on its way: "ours" is dropped, because the edge writes it anew. */
export type FieldKind =
  | "end to end"
  | "hop"
  | "ours"
  | "connection"
  | "content-length"
  | "transfer-encoding"
  | "keep-alive"
  | "upgrade"
  | "cookie"
  | "server-timing";

/** Names are words from outside: the memory of them stays bounded. */
const MOST_NAMES = 1024;
const NO_OPTIONS: ReadonlySet<string> = new Set();
const TOLD_APART = new Set<string>([
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "upgrade",
  "server-timing",
]);

/**
 * Tells the kinds of fields by their names as they were written: the same few come with every
 * message, and need not be made lower case and looked up each time.
 */
export class FieldKinds {
  readonly #kinds = new Map<string, FieldKind>();
  readonly #classify: (key: string) => FieldKind;

  /** @param classify tells the kind of a name in lower case */
  constructor(classify: (key: string) => FieldKind) {
    this.#classify = classify;
  }

  of(name: string): FieldKind {
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const kind = this.#classify(name.toLowerCase());
    if (this.#kinds.size >= MOST_NAMES) this.#kinds.clear();
    this.#kinds.set(name, kind);
    return kind;
  }
}

/** The fields of requests. What names the client, the request or its host is the edge's to say. */
export const requestFields = new FieldKinds((key) => {
  if (key === "connection" || key === "content-length" || key === "cookie") return key;
  if (key === "host" || key === "expect" || key.startsWith(":")) return "ours";
  if (FORWARDED_HEADERS.has(key)) return "ours";
  return isHopByHop(key, NO_OPTIONS) ? "hop" : "end to end";
});

/** The fields of answers. */
export const answerFields = new FieldKinds((key) => {
  if (TOLD_APART.has(key)) return key as FieldKind;
  if (key === "x-request-id") return "ours";
  return isHopByHop(key, NO_OPTIONS) ? "hop" : "end to end";
});

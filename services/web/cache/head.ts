import { httpDate, type RawFields } from "@gatehouse/http";

/** What a Cache-Control field says that a shared cache obeys; times in seconds. */
export interface Directives {
  readonly public: boolean;
  readonly private: boolean;
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly mustRevalidate: boolean;
  readonly proxyRevalidate: boolean;
  /** Of requests only. */
  readonly onlyIfCached: boolean;
  readonly maxAge: number | undefined;
  readonly sMaxAge: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
  readonly staleIfError: number | undefined;
}

/** RFC 9111, section 1.2.2: larger values count as this one. */
const LARGEST_DELTA_SECONDS = 2 ** 31;

/** token [ "=" ( token / quoted-string ) ], RFC 9111, section 5.2. */
const DIRECTIVE = /([^\s,="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,]*)))?/g;

/**
 * Reads a Cache-Control field, RFC 9111, section 5.2. Where it contradicts itself the stricter reading
 * counts: the shortest of several times, 0 for a malformed time (section 4.2.1), and `private` or
 * `no-cache` for the whole response where they name single fields.
 * @param value all Cache-Control fields of a message, joined with commas
 */
export function readCacheControl(value: string): Directives {
  const times = new Map<string, number>();
  for (const [, name = "", quoted, plain] of value.matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    const time = deltaSeconds(quoted ?? plain);
    times.set(key, Math.min(time, times.get(key) ?? time));
  }
  return {
    public: times.has("public"),
    private: times.has("private"),
    noStore: times.has("no-store"),
    noCache: times.has("no-cache"),
    mustRevalidate: times.has("must-revalidate"),
    proxyRevalidate: times.has("proxy-revalidate"),
    onlyIfCached: times.has("only-if-cached"),
    maxAge: times.get("max-age"),
    sMaxAge: times.get("s-maxage"),
    staleWhileRevalidate: times.get("stale-while-revalidate"),
    staleIfError: times.get("stale-if-error"),
  };
}

function deltaSeconds(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) return 0;
  return Math.min(Number(text), LARGEST_DELTA_SECONDS);
}

/** The fields that decide whether and for how long a response is stored. */
const RELEVANT_FIELDS = [
  "age",
  "cache-control",
  "content-length",
  "date",
  "etag",
  "expires",
  "last-modified",
  "set-cookie",
  "vary",
  "x-accel-redirect",
] as const;

type RelevantField = (typeof RELEVANT_FIELDS)[number];
const RELEVANT: ReadonlySet<string> = new Set(RELEVANT_FIELDS);

/** A response's head; the fields that matter to a cache are collected in one pass. */
export class Head {
  readonly status: number;
  readonly fields: RawFields;
  readonly #values = new Map<string, string>();
  #directives: Directives | undefined;

  constructor(status: number, fields: RawFields) {
    this.status = status;
    this.fields = fields;
    for (let index = 0; index < fields.length; index += 2) {
      const name = (fields[index] ?? "").toLowerCase();
      if (!RELEVANT.has(name)) continue;
      const before = this.#values.get(name);
      const value = fields[index + 1] ?? "";
      this.#values.set(name, before === undefined ? value : `${before}, ${value}`);
    }
  }

  /** A field's value; repeated ones are joined with commas. */
  get(name: RelevantField): string | undefined {
    return this.#values.get(name);
  }

  get directives(): Directives {
    this.#directives ??= readCacheControl(this.get("cache-control") ?? "");
    return this.#directives;
  }

  /** Seconds since the epoch; undefined where the field is absent or malformed. */
  date(name: "date" | "expires" | "last-modified"): number | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : httpDate(value);
  }
}

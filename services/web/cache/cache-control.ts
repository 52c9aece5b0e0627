/** What a Cache-Control field says that a shared cache acts upon; spans in seconds. */
export interface Directives {
  readonly public: boolean;
  readonly private: boolean;
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly mustRevalidate: boolean;
  readonly proxyRevalidate: boolean;
  /** A request's only. */
  readonly onlyIfCached: boolean;
  readonly maxAge: number | undefined;
  readonly sMaxAge: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
  readonly staleIfError: number | undefined;
}

/** RFC 9111, section 1.2.2: what is larger than a cache can hold counts as this. */
const LONGEST = 2 ** 31;

/** token [ "=" ( token / quoted-string ) ], RFC 9111, section 5.2. */
const DIRECTIVE = /([^\s,="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,]*)))?/g;

/**
 * Reads a Cache-Control field, RFC 9111, section 5.2. Where it contradicts itself the more careful
 * word counts: the shortest of two spans, 0 for a span that is no number (section 4.2.1), and
 * `private` or `no-cache` as a whole where they name single fields.
 * @param value all Cache-Control fields of a message, joined with commas
 */
export function readCacheControl(value: string): Directives {
  const spans = new Map<string, number>();
  const said = new Set<string>();
  for (const [, name = "", quoted, plain] of value.matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    said.add(key);
    const span = readSpan(quoted ?? plain);
    spans.set(key, Math.min(span, spans.get(key) ?? span));
  }
  return {
    public: said.has("public"),
    private: said.has("private"),
    noStore: said.has("no-store"),
    noCache: said.has("no-cache"),
    mustRevalidate: said.has("must-revalidate"),
    proxyRevalidate: said.has("proxy-revalidate"),
    onlyIfCached: said.has("only-if-cached"),
    maxAge: spans.get("max-age"),
    sMaxAge: spans.get("s-maxage"),
    staleWhileRevalidate: spans.get("stale-while-revalidate"),
    staleIfError: spans.get("stale-if-error"),
  };
}

/** A delta-seconds, RFC 9111, section 1.2.2. */
function readSpan(word: string | undefined): number {
  return word !== undefined && /^\d+$/.test(word) ? Math.min(Number(word), LONGEST) : 0;
}

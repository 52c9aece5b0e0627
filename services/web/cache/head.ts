import { fieldValue, httpDate, type RawFields } from "@gatehouse/http";

/** RFC 9111, section 1.2.2: larger values count as this one. */
const LARGEST_DELTA_SECONDS = 2 ** 31;

/** token [ "=" ( token / quoted-string ) ], RFC 9111, section 5.2. */
const DIRECTIVE = /([^\s,="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,]*)))?/g;

/** The directives of a Cache-Control field, in lower case, with their seconds. */
export type Directives = ReadonlyMap<string, number>;

/**
 * Reads a Cache-Control field, RFC 9111, section 5.2. Where it contradicts itself the stricter reading
 * counts: the shortest of several times, 0 for a malformed time (section 4.2.1), and `private` or
 * `no-cache` for the whole response where they name single fields.
 */
export function readCacheControl(value: string): Directives {
  const directives = new Map<string, number>();
  for (const [, name = "", quoted, plain = ""] of value.matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    const text = quoted ?? plain;
    const seconds = /^\d+$/.test(text) ? Math.min(Number(text), LARGEST_DELTA_SECONDS) : 0;
    directives.set(key, Math.min(seconds, directives.get(key) ?? seconds));
  }
  return directives;
}

/** A response's head as a cache reads it. */
export class Head {
  readonly status: number;
  readonly fields: RawFields;
  #directives: Directives | undefined;

  constructor(status: number, fields: RawFields) {
    this.status = status;
    this.fields = fields;
  }

  get(key: string): string | undefined {
    return fieldValue(key, this.fields);
  }

  get directives(): Directives {
    this.#directives ??= readCacheControl(this.get("cache-control") ?? "");
    return this.#directives;
  }

  /** Seconds since the epoch; undefined where the field is absent or malformed. */
  date(key: "date" | "expires" | "last-modified"): number | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : httpDate(value);
  }
}

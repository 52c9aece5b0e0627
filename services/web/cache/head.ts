import { fieldValue, httpDate, type RawFields } from "@gatehouse/http";
import { TARGETED } from "../exchange/shared-response.ts";
import { type Directives, LARGEST_DELTA_SECONDS, readTargeted } from "./targeted.ts";

/** token [ "=" ( token / quoted-string ) ], RFC 9111, section 5.2. */
const DIRECTIVE = /([^\s,="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,]*)))?/g;

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
  /** Those of a targeted field, or else of Cache-Control. */
  readonly directives: Directives;
  /** Whether a targeted field rules the response: then Cache-Control and Expires do not count. */
  readonly targeted: boolean;

  constructor(status: number, fields: RawFields) {
    this.status = status;
    this.fields = fields;
    const field = this.get(TARGETED);
    const targeted = field === undefined ? undefined : readTargeted(field);
    this.targeted = targeted !== undefined;
    this.directives = targeted ?? readCacheControl(this.get("cache-control") ?? "");
  }

  get(key: string): string | undefined {
    return fieldValue(key, this.fields);
  }

  /** Seconds since the epoch; undefined where the field is absent or malformed. */
  date(key: "date" | "expires" | "last-modified"): number | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : httpDate(value);
  }
}

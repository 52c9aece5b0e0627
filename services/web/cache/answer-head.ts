import type { RawFields } from "@gatehouse/http";
import { httpDate } from "@gatehouse/http";
import { type Directives, readCacheControl } from "./cache-control.ts";

/** The facts of an answer's head that decide about its storing, gathered in one pass. */
export class AnswerHead {
  readonly status: number;
  readonly fields: RawFields;
  readonly #values = new Map<string, string>();
  #directives: Directives | undefined;

  /** @param fields a flat list of names and values */
  constructor(status: number, fields: RawFields) {
    this.status = status;
    this.fields = fields;
    for (let index = 0; index < fields.length; index += 2) {
      const name = (fields[index] ?? "").toLowerCase();
      if (!TELLING.has(name)) continue;
      const before = this.#values.get(name);
      const value = fields[index + 1] ?? "";
      this.#values.set(name, before === undefined ? value : `${before}, ${value}`);
    }
  }

  /** The value of one of the fields that tell about storing; repeated ones joined with commas. */
  get(name: Telling): string | undefined {
    return this.#values.get(name);
  }

  get directives(): Directives {
    this.#directives ??= readCacheControl(this.get("cache-control") ?? "");
    return this.#directives;
  }

  get hasValidator(): boolean {
    return this.get("etag") !== undefined || this.get("last-modified") !== undefined;
  }

  /** Seconds since the epoch; undefined where the field is absent, or no date. */
  date(name: "date" | "expires" | "last-modified"): number | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : httpDate(value);
  }
}

const TELLING_FIELDS = [
  "age",
  "cache-control",
  "content-length",
  "content-location",
  "date",
  "etag",
  "expires",
  "last-modified",
  "location",
  "set-cookie",
  "vary",
  "x-accel-redirect",
] as const;

type Telling = (typeof TELLING_FIELDS)[number];
const TELLING: ReadonlySet<string> = new Set(TELLING_FIELDS);

import { FORWARDED_HEADERS } from "./forwarded-fields.ts";

/**
 * Header fields as Node's parser keeps them: a flat list of names and values in the order of
 * arrival, every field of it, duplicates included.
 */
export type RawFields = readonly string[];

/** RFC 9110, section 7.6.1, and the older ones that proxies have always dropped. */
const HOP_BY_HOP = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Whether a field is for this connection alone, by its name or because Connection lists it. */
export function isHopByHop(lowerCaseName: string, connection: ReadonlySet<string>): boolean {
  return HOP_BY_HOP.has(lowerCaseName) || connection.has(lowerCaseName);
}

const NONE: ReadonlySet<string> = new Set();

/** The field names that a Connection field lists, in lower case. */
export function connectionOptions(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === "keep-alive" || connection === "close") {
    return NONE;
  }
  return new Set(connection.split(",").map((option) => option.trim().toLowerCase()));
}

/** What would change how a message is framed, routed or trusted after the fact. */
const HEAD_ONLY = new Set([
  "authorization",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "expect",
  "host",
  "max-forwards",
]);

/** Whether trailers hold a field that only a head may have. RFC 9110, section 6.5.1. */
export function forbiddenTrailer(trailers: RawFields): boolean {
  return trailers.some((name, index) => index % 2 === 0 && isHeadOnly(name.toLowerCase()));
}

function isHeadOnly(name: string): boolean {
  return HEAD_ONLY.has(name) || HOP_BY_HOP.has(name) || FORWARDED_HEADERS.has(name);
}

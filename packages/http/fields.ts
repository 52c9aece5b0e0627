import { FORWARDED_HEADERS } from "./forwarded-fields.ts";

/**
 * Header fields as Node's parser keeps them: a flat list of names and values as received, repeated
 * fields included.
 */
export type RawFields = readonly string[];

/** All values of a field, joined as one list (RFC 9110, section 5.3). @param key in lower case */
export function fieldValue(key: string, fields: RawFields, separator = ", "): string | undefined {
  let list: string | undefined;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (name.length !== key.length || name.toLowerCase() !== key) continue;
    const value = fields[at + 1] ?? "";
    list = list === undefined ? value : list + separator + value;
  }
  return list;
}

/** The fields whose names are not among these. @param names in lower case */
export function withoutFields(fields: RawFields, names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (!names.has(name.toLowerCase())) kept.push(name, fields[at + 1] ?? "");
  }
  return kept;
}

/** The names of a field that lists names, in lower case; RFC 9110, section 5.6.1. */
export function listedNames(value: string): string[] {
  const names = value.split(",").map((name) => withoutBlanks(name).toLowerCase());
  return names.filter((name) => name !== "");
}

/**
 * A part of a text without the spaces and tabs around it: to HTTP no other character is a blank, as it
 * is to trim().
 */
export function withoutBlanks(text: string, from = 0, to = text.length): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** RFC 9110, section 7.6.1, and the older ones that proxies have always dropped. */
const HOP_BY_HOP = new Set(
  `connection http2-settings keep-alive proxy-authenticate proxy-authorization
   proxy-connection te trailer transfer-encoding upgrade`.split(/\s+/),
);

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
  return new Set(listedNames(connection));
}

/** Fields that as trailers would change how a message is framed, routed or trusted. */
const HEAD_ONLY = new Set(
  `authorization content-encoding content-length content-range content-type cookie
   expect host max-forwards`.split(/\s+/),
);

/** Whether trailers hold a field that only a head may have. RFC 9110, section 6.5.1. */
export function forbiddenTrailer(trailers: RawFields): boolean {
  // Some programs take an underscore for a hyphen, as CGI does.
  return trailers.some(
    (name, index) => index % 2 === 0 && isHeadOnly(name.toLowerCase().replaceAll("_", "-")),
  );
}

function isHeadOnly(name: string): boolean {
  return HEAD_ONLY.has(name) || HOP_BY_HOP.has(name) || FORWARDED_HEADERS.has(name);
}

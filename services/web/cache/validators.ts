import { httpDate } from "@gatehouse/http";
import type { AnswerHead } from "./answer-head.ts";

/** A client's conditions on a GET or HEAD, as Node tells them. */
export interface Conditions {
  readonly "if-none-match"?: string | undefined;
  readonly "if-modified-since"?: string | undefined;
}

/**
 * Whether the client has the stored answer already, so that 304 is enough: RFC 9110, section 13.2.2,
 * the part that a cache evaluates (RFC 9111, section 4.3.2). If-None-Match outranks If-Modified-Since.
 */
export function clientHasIt(head: AnswerHead, conditions: Conditions): boolean {
  if (head.status !== 200) return false;
  const tags = conditions["if-none-match"];
  if (tags !== undefined) return tagListMatches(tags, head.get("etag"));
  const since = conditions["if-modified-since"];
  const known = since === undefined ? undefined : httpDate(since);
  const modified = head.date("last-modified") ?? head.date("date");
  return known !== undefined && modified !== undefined && modified <= known;
}

const ENTITY_TAG = /(?:W\/)?"[^"]*"/g;

/** Weak comparison, RFC 9110, section 8.8.3.2. A comma may stand within a tag. */
function tagListMatches(list: string, etag: string | undefined): boolean {
  if (list.trim() === "*") return true;
  if (etag === undefined) return false;
  const wanted = strong(etag);
  return (list.match(ENTITY_TAG) ?? []).some((tag) => strong(tag) === wanted);
}

function strong(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}

/** The fields with which the application is asked whether a stored answer still holds. */
export function validation(head: AnswerHead): string[] {
  const etag = head.get("etag");
  const modified = head.get("last-modified");
  return [
    ...(etag === undefined ? [] : ["If-None-Match", etag]),
    ...(modified === undefined ? [] : ["If-Modified-Since", modified]),
  ];
}

/** Fields that tell how the stored content is to be read: a 304 brings none; RFC 9111, section 3.2. */
const OF_THE_CONTENT = new Set(["content-encoding", "content-length", "content-range"]);

/** The stored fields, with those that a 304 brought in the place of their namesakes. */
export function freshened(stored: readonly string[], brought: readonly string[]): string[] {
  const news = withoutNames(brought, OF_THE_CONTENT);
  const replaced = new Set(news.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()));
  return [...withoutNames(stored, replaced), ...news];
}

/**
 * Whether a 304 speaks of the stored answer: its validator, where it brought one, is the same
 * (RFC 9111, section 4.3.4).
 */
export function confirms(brought: AnswerHead, stored: AnswerHead): boolean {
  const etag = brought.get("etag");
  if (etag !== undefined) return strong(etag) === strong(stored.get("etag") ?? "");
  const modified = brought.get("last-modified");
  return modified === undefined || modified === stored.get("last-modified");
}

/** A flat list of fields without those of these names, in lower case. */
export function withoutNames(fields: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    if (!names.has(name.toLowerCase())) kept.push(name, fields[index + 1] ?? "");
  }
  return kept;
}

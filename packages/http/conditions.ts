import type { IncomingHttpHeaders } from "node:http";
import { httpDate } from "./dates.ts";

/** What identifies a representation; RFC 9110, section 8.8. */
export interface Validators {
  /** The entity tag with its quotes, and with W/ where it is weak. */
  readonly etag: string | undefined;
  /** Last-Modified, in seconds since the epoch. */
  readonly modified: number | undefined;
}

export function isConditional(headers: IncomingHttpHeaders): boolean {
  return (
    headers["if-none-match"] !== undefined ||
    headers["if-modified-since"] !== undefined ||
    headers["if-match"] !== undefined ||
    headers["if-unmodified-since"] !== undefined
  );
}

/**
 * Evaluates the preconditions of a GET or HEAD in the order of RFC 9110, section 13.2.2.
 * @returns the status of a response without content, or undefined where the content is to be sent
 */
export function preconditions(
  headers: IncomingHttpHeaders,
  { etag, modified }: Validators,
): 304 | 412 | undefined {
  const match = headers["if-match"];
  if (match !== undefined) {
    if (!isListed(match, etag, sameStrongly)) return 412;
  } else {
    const since = dateOf(headers["if-unmodified-since"]);
    if (since !== undefined && modified !== undefined && modified > since) return 412;
  }
  const noneMatch = headers["if-none-match"];
  if (noneMatch !== undefined) return isListed(noneMatch, etag, sameWeakly) ? 304 : undefined;
  const since = dateOf(headers["if-modified-since"]);
  return since !== undefined && modified !== undefined && modified <= since ? 304 : undefined;
}

/**
 * Whether the part that the client has and this representation belong together, so that a range may
 * be sent: by strong comparison of tags, or by the exact date (RFC 9110, section 13.1.5). A date is
 * strong only if a second has passed since without a change (section 8.8.2.2).
 */
export function ifRangeHolds(ifRange: string, { etag, modified }: Validators): boolean {
  if (ifRange.endsWith('"')) return etag !== undefined && sameStrongly(ifRange, etag);
  if (modified === undefined || httpDate(ifRange) !== modified) return false;
  return modified < Math.floor(Date.now() / 1000);
}

/** RFC 9110, section 8.8.3.2. */
export function sameWeakly(one: string, other: string): boolean {
  return opaque(one) === opaque(other);
}

function sameStrongly(one: string, other: string): boolean {
  return one === other && !one.startsWith("W/");
}

function opaque(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}

/** RFC 9110, section 8.8.3; a comma may stand within the quotes. */
const ENTITY_TAG = /(?:W\/)?"[^"]*"/g;

function isListed(list: string, etag: string | undefined, same: typeof sameWeakly): boolean {
  if (list.trim() === "*") return true;
  if (etag === undefined) return false;
  return (list.match(ENTITY_TAG) ?? []).some((tag) => same(tag, etag));
}

function dateOf(field: string | undefined): number | undefined {
  return field === undefined ? undefined : httpDate(field);
}

import type { IncomingHttpHeaders } from "node:http";
import { httpDate } from "./http-date.ts";

/** By what a client knows a file again. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Seconds since the epoch. */
  readonly modified: number;
}

/** Whether a request has any of the fields that this file judges. */
export function isConditional(headers: IncomingHttpHeaders): boolean {
  return (
    headers["if-none-match"] !== undefined ||
    headers["if-modified-since"] !== undefined ||
    headers["if-match"] !== undefined ||
    headers["if-unmodified-since"] !== undefined
  );
}

/**
 * Judges the preconditions of a GET or HEAD in the order of RFC 9110, section 13.2.2.
 * @returns the status of an answer without content, or undefined where the content is due
 */
export function preconditions(
  headers: IncomingHttpHeaders,
  { etag, modified }: Validators,
): 304 | 412 | undefined {
  const match = headers["if-match"];
  const unmodifiedSince = dateOf(headers["if-unmodified-since"]);
  if (match !== undefined) {
    if (!isListed(match, etag, "strong")) return 412;
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) return 412;

  const noneMatch = headers["if-none-match"];
  const modifiedSince = dateOf(headers["if-modified-since"]);
  if (noneMatch !== undefined) return isListed(noneMatch, etag, "weak") ? 304 : undefined;
  return modifiedSince !== undefined && modified <= modifiedSince ? 304 : undefined;
}

/**
 * Whether the client's part of the content is still a part of this one, so that the rest may follow.
 * RFC 9110, section 13.1.5: by strong comparison of tags, or by the exact date, which is strong only
 * if the file had a second to change and did not (section 8.8.2.2).
 */
export function rangeStillFits(ifRange: string | undefined, { etag, modified }: Validators) {
  if (ifRange === undefined) return true;
  if (ifRange.endsWith('"')) return ifRange === etag;
  return httpDate(ifRange) === modified && modified < Math.floor(Date.now() / 1000);
}

/** RFC 9110, section 8.8.3; commas may stand within the quotes. */
const TAG = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

function isListed(field: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (field.trim() === "*") return true;
  for (const [, weak, tag] of field.matchAll(TAG)) {
    if (tag === etag && (weak === undefined || comparison === "weak")) return true;
  }
  return false;
}

function dateOf(field: string | undefined): number | undefined {
  return field === undefined ? undefined : httpDate(field);
}

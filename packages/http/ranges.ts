import type { IncomingHttpHeaders } from "node:http";
import { ifRangeHolds, type Validators } from "./conditions.ts";

/** Positions, both within the content. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The range that a GET selects by Range and If-Range; RFC 9110, sections 13.1.5 and 14.2.
 * @param size bytes of the whole content
 * @returns undefined for the whole content, "unsatisfiable" for 416
 */
export function selectedRange(
  headers: IncomingHttpHeaders,
  validators: Validators,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const { range } = headers;
  if (range === undefined) return undefined;
  const ifRange = headers["if-range"];
  if (typeof ifRange === "string" && !ifRangeHolds(ifRange, validators)) return undefined;
  return byteRange(range, size);
}

const SINGLE = /^bytes=[ \t]*(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))[ \t]*$/i;

/**
 * A server may ignore Range (RFC 9110, section 14.2). This one ignores malformed ranges, other units,
 * and several ranges at once: hardly any client needs multipart responses, and overlapping ranges
 * would send the same bytes many times (section 17.15).
 */
function byteRange(field: string, size: number): ByteRange | "unsatisfiable" | undefined {
  const [whole, from, to, suffix] = SINGLE.exec(field) ?? [];
  if (whole === undefined) return undefined;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? "unsatisfiable" : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  if (to !== undefined && Number(to) < first) return undefined;
  if (first >= size) return "unsatisfiable";
  return { first, last: to === undefined ? size - 1 : Math.min(Number(to), size - 1) };
}

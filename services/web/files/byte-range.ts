/** Positions of the first and the last byte, both within the content. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

const SINGLE = /^bytes=[ \t]*(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))[ \t]*$/i;

/**
 * What a Range field asks of `size` bytes. RFC 9110, section 14.2, lets a server ignore it, and so
 * is done with what is malformed, in another unit, or several ranges at once: these ask for
 * multipart answers that hardly a client needs, and overlapping ones ask for the same bytes a
 * thousand times (RFC 9110, section 17.15).
 * @returns undefined for the whole content, "unsatisfiable" for 416
 */
export function byteRange(field: string, size: number): ByteRange | "unsatisfiable" | undefined {
  const [whole, from, to, suffix] = SINGLE.exec(field) ?? [];
  if (whole === undefined) return undefined;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? "unsatisfiable" : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === undefined ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== undefined && Number(to) < first) return undefined;
  return first >= size ? "unsatisfiable" : { first, last };
}

import type { RawFields } from "./fields.ts";

/** How large a request's head may be. Defaults are gunicorn's. */
export interface RequestLimits {
  /** Bytes of the request line: method, target and version. */
  readonly line: number;
  /** Bytes of one field: name and value. */
  readonly field: number;
  /** How many fields. */
  readonly fields: number;
}

/** Why a request is refused, and with which status. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

const LINE_REST = " ".length + " HTTP/1.1".length;

/** The refusal that a request's head deserves, or undefined. RFC 9110 15.5.15, RFC 6585 5. */
export function refuseByLimits(
  method: string,
  target: string,
  fields: RawFields,
  limits: RequestLimits,
): Refusal | undefined {
  if (method.length + target.length + LINE_REST > limits.line) {
    return { status: 414, reason: `the request line is longer than ${limits.line} bytes` };
  }
  if (fields.length / 2 > limits.fields) {
    return { status: 431, reason: `there are more than ${limits.fields} header fields` };
  }
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    const value = fields[index + 1] ?? "";
    if (name.length + value.length > limits.field) {
      return { status: 431, reason: `a header field is longer than ${limits.field} bytes` };
    }
  }
  return undefined;
}

/** What Node's parser must let through so that the limits above, not Node's, give the answer. */
export function parserBytes(limits: RequestLimits): number {
  return limits.line + 4 * limits.field;
}

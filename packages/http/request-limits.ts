/** How large a request's head may be, as gunicorn counts it, and its body. */
export interface RequestLimits {
  /** Bytes of the request line: method, target and version. */
  readonly line: number;
  /** Bytes of one field: name and value. */
  readonly field: number;
  /** How many fields. */
  readonly fields: number;
  /** Bytes of the body; 0 for any size. */
  readonly body: number;
}

/** Why a request is refused, and with which status. */
export interface Refusal {
  readonly status: number;
  /** One line that names what is wrong and the RFC's section. */
  readonly reason: string;
}

/** The bytes of a request line around its method and target: two spaces and the version. */
export const LINE_REST = " ".length + " HTTP/1.1".length;

/** What Node's parser must let through so that the limits above, not Node's, give the answer. */
export function parserBytes(limits: RequestLimits): number {
  return limits.line + 4 * limits.field;
}

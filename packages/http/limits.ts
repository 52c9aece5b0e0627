/** What a server limits of a request's head, as gunicorn counts it, and of its body's length. */
export interface HeadLimits {
  /** Bytes of the request line: method, target and version. */
  readonly limitRequestLine: number;
  /** Bytes of one field: name and value. */
  readonly limitRequestField: number;
  readonly limitRequestFields: number;
  /** Bytes of the body; 0 for any size. */
  readonly limitRequestBody: number;
}

/** All that a server limits of a request: rows of its settings, by their names. */
export interface RequestLimits extends HeadLimits {
  /** Milliseconds for a request's whole head. */
  readonly headersTimeout: number;
  /** Bytes per second of a body, on average over each window; 0 for any rate. */
  readonly bodyMinRate: number;
  /** Milliseconds. */
  readonly bodyRateWindow: number;
}

/** Why a request is refused, and with which status. */
export interface Refusal {
  readonly status: number;
  /** One line: what is wrong, and the RFC's section. */
  readonly reason: string;
}

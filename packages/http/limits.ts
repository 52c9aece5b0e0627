/** Limits of a request's head and of its body's length, in bytes; counted as gunicorn does. */
export interface HeadLimits {
  readonly limitRequestLine: number;
  readonly limitRequestField: number;
  readonly limitRequestFields: number;
  /** 0 for any size. */
  readonly limitRequestBody: number;
}

/** The rows of a service's settings that limit a request. Times in milliseconds. */
export interface RequestLimits extends HeadLimits {
  readonly headersTimeout: number;
  /** Bytes per second of a body, on average over each window; 0 for any rate. */
  readonly bodyMinRate: number;
  readonly bodyRateWindow: number;
}

/** Why a request is refused, and with which status. */
export interface Refusal {
  readonly status: number;
  /** One line: what is wrong, and the RFC's section. */
  readonly reason: string;
}

/** Why the edge answers in the place of the application. */
export type EdgeErrorCode =
  | "bad-request"
  | "refused"
  | "not-found"
  | "method-not-allowed"
  | "not-acceptable"
  | "bad-redirect"
  | "too-large"
  | "too-many-requests"
  | "client-left"
  | "not-stored"
  | "paused"
  | "maintenance"
  | "no-replica"
  | "upstream-busy"
  | "upstream-unreachable"
  | "upstream-broken"
  | "upstream-timeout";

export class EdgeError extends Error {
  override readonly name = "EdgeError";
  readonly code: EdgeErrorCode;
  readonly status: number;
  /** Seconds after which the client may try again; undefined where nobody knows. */
  readonly retryAfter: number | undefined;

  constructor(code: EdgeErrorCode, status: number, message: string, retryAfter?: number) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Error codes with which nothing of a request can have reached the replica. */
const UNSENT = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "CONNECT_TIMEOUT",
]);

/** Whether the replica could not be reached at all. */
export function isUnreachable(cause: Error): boolean {
  return UNSENT.has(codeOf(cause));
}

/** The one place that maps what went wrong upstream to a status. */
export function upstreamError(cause: Error): EdgeError {
  if (cause instanceof EdgeError) return cause;
  switch (codeOf(cause)) {
    case "ABORTED":
      return new EdgeError("client-left", 499, "The client left.");
    case "REQUEST_BROKE":
      return new EdgeError("bad-request", 400, "The request broke off.");
    case "QUEUE_FULL":
    case "QUEUE_TIMEOUT":
      return new EdgeError("upstream-busy", 503, "The application has too much to do.");
    case "SEND_TIMEOUT":
    case "FIRST_BYTE_TIMEOUT":
    case "SILENCE_TIMEOUT":
    case "TOTAL_TIMEOUT":
      return new EdgeError("upstream-timeout", 504, "The application took too long to answer.");
  }
  if (isUnreachable(cause)) {
    return new EdgeError("upstream-unreachable", 502, "The application could not be reached.");
  }
  return new EdgeError("upstream-broken", 502, "The application broke off its answer.");
}

/** The code that Node or the proxy gave an error, or "". */
export function codeOf(cause: Error): string {
  return "code" in cause ? String(cause.code) : "";
}

/** What can go wrong between the edge and a replica, besides the system's own error codes. */
export type UpstreamErrorCode =
  | "BAD_RESPONSE"
  | "CONNECT_TIMEOUT"
  | "SEND_TIMEOUT"
  | "FIRST_BYTE_TIMEOUT"
  | "SILENCE_TIMEOUT"
  | "TOTAL_TIMEOUT"
  | "QUEUE_FULL"
  | "QUEUE_TIMEOUT"
  | "CLOSED_EARLY"
  | "REQUEST_BROKE"
  | "ABORTED";

export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly code: UpstreamErrorCode;

  constructor(code: UpstreamErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

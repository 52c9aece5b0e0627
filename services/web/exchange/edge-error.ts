/** Why the edge answers in the place of the application. */
export type EdgeErrorCode =
  | "bad-request"
  | "refused"
  | "not-found"
  | "method-not-allowed"
  | "not-acceptable"
  | "bad-redirect"
  | "client-left"
  | "no-replica"
  | "upstream-unreachable"
  | "upstream-broken"
  | "upstream-timeout";

export class EdgeError extends Error {
  override readonly name = "EdgeError";
  readonly code: EdgeErrorCode;
  readonly status: number;

  constructor(code: EdgeErrorCode, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Error codes with which nothing of a request can have reached the replica. */
const UNSENT = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether a failed attempt cannot have reached the replica. */
export function nothingWasSent(cause: Error): boolean {
  return UNSENT.has(codeOf(cause));
}

/** The one place that maps what went wrong upstream to a status. */
export function upstreamError(cause: Error): EdgeError {
  const code = codeOf(cause);
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return new EdgeError("upstream-timeout", 504, "The application took too long to answer.");
  }
  if (nothingWasSent(cause)) {
    return new EdgeError("upstream-unreachable", 502, "The application could not be reached.");
  }
  return new EdgeError("upstream-broken", 502, "The application broke off its answer.");
}

/** The code that Node or undici gave an error, or "". */
export function codeOf(cause: Error): string {
  return "code" in cause ? String(cause.code) : "";
}

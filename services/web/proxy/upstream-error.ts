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

/** What a replica sent is no HTTP answer, or not one with a single reading. */
export function badResponse(what: string): UpstreamError {
  return new UpstreamError("BAD_RESPONSE", `the replica's answer is malformed: ${what}`);
}

import type { IncomingMessage } from "node:http";

/** A request that the witness received. */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly rawHeaders: readonly string[];
  /** Latin-1: one character is one byte. Empty in long ones. */
  body: string;
  bodyBytes: number;
  rawTrailers: readonly string[];
  /** The edge's port: it identifies the upstream connection. */
  readonly connection: number;
  /** Whether all of it arrived. */
  whole: boolean;
  /** Whether the connection ended before the response did. */
  disconnected: boolean;
}

const LONGEST_BODY = 4096;
const requests: ReceivedRequest[] = [];

export function recordHead(request: IncomingMessage): ReceivedRequest {
  const received: ReceivedRequest = {
    method: request.method ?? "",
    target: request.url ?? "",
    version: request.httpVersion,
    rawHeaders: request.rawHeaders,
    body: "",
    bodyBytes: 0,
    rawTrailers: [],
    connection: request.socket.remotePort ?? 0,
    whole: false,
    disconnected: false,
  };
  requests.push(received);
  return received;
}

/** Records the body and the end of a request. */
export function recordBody(
  received: ReceivedRequest,
  request: IncomingMessage,
  body: Buffer,
): void {
  received.bodyBytes = body.length;
  received.body = body.length > LONGEST_BODY ? "" : body.toString("latin1");
  received.rawTrailers = request.rawTrailers;
  received.whole = true;
}

/** All requests since the last `clear`. */
export const seen = (): readonly ReceivedRequest[] => requests;

export function clear(): void {
  requests.length = 0;
}

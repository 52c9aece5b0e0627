import { ALLOW } from "@gatehouse/http";
import { RETRY_AFTER } from "./advice.ts";
import type { Exchange } from "./exchange.ts";
import { refuseFurther } from "./http-versions.ts";

/** Why the edge itself responds, in place of the application. */
export type EdgeErrorCode =
  | "bad-request"
  | "refused"
  | "internal-error"
  | "not-found"
  | "method-not-allowed"
  | "not-acceptable"
  | "bad-redirect"
  | "too-large"
  | "too-many-requests"
  | "busy"
  | "client-left"
  | "not-stored"
  | "paused"
  | "maintenance"
  | "no-replica"
  | "upstream-busy"
  | "upstream-unreachable"
  | "upstream-broken"
  | "upstream-timeout";

/**
 * Why a request ends. It has no stack, which is logged nowhere and would cost as much as to serve the
 * request: a client who makes many of them would take the time from others.
 */
class ExpectedError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export class EdgeError extends ExpectedError {
  override readonly name = "EdgeError";
  readonly code: EdgeErrorCode;
  readonly status: number;
  /** Seconds after which the client may try again; undefined where that is unknown. */
  readonly retryAfter: number | undefined;

  /** @param message what the visitor reads */
  constructor(code: EdgeErrorCode, status: number, message: string, retryAfter?: number) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Codes of errors before which nothing of a request can have reached the replica. */
const UNSENT = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "CONNECT_TIMEOUT",
]);

export function isUnreachable(cause: Error): boolean {
  return UNSENT.has(codeOf(cause));
}

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
    case "REPLICA_SILENT":
      return new EdgeError("upstream-timeout", 504, "The application took too long to respond.");
  }
  if (isUnreachable(cause)) {
    return new EdgeError("upstream-unreachable", 502, "The application could not be reached.");
  }
  return new EdgeError("upstream-broken", 502, "The application broke off its response.");
}

export function codeOf(cause: Error): string {
  return "code" in cause ? String(cause.code) : "";
}

/** Responds with an error of the edge: a page for people, JSON for programs, by Accept. */
export function sendError(exchange: Exchange, error: EdgeError): void {
  exchange.servedBy = "edge";
  exchange.failure = error.code;
  const accept = String(exchange.request.headers.accept ?? "");
  const json = accept.includes("json") && !accept.includes("html");
  const body = Buffer.from(json ? asJson(exchange, error) : asPage(exchange, error));
  const type = json ? "application/json" : "text/html; charset=utf-8";
  const fields = ["Content-Type", type, "Content-Length", String(body.length)];
  fields.push("Cache-Control", "no-store");
  const retryAfter = error.retryAfter ?? (error.status === 503 ? RETRY_AFTER : undefined);
  if (retryAfter !== undefined) fields.push("Retry-After", String(retryAfter));
  // RFC 9110, section 15.5.6: it must say which methods are allowed.
  if (error.code === "method-not-allowed") fields.push("Allow", "GET, HEAD");
  else if (error.status === 405) fields.push("Allow", ALLOW);
  // The rest of the body is still to come, and is not wanted.
  if (error.code === "too-large" || (isOver(error) && !exchange.requestReceived)) {
    refuseFurther(exchange.response);
  }
  exchange.respond(error.status, fields, body);
}

function isOver({ code }: EdgeError): boolean {
  return code === "busy" || code === "too-many-requests";
}

function asJson(exchange: Exchange, { status, code, message }: EdgeError): string {
  return `${JSON.stringify({ status, code, message, request_id: exchange.requestId })}\n`;
}

function asPage(exchange: Exchange, { status, code, message }: EdgeError): string {
  const title = code === "maintenance" ? "Back soon" : status;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 1.1rem/1.6 system-ui, sans-serif }
body { display: grid; min-height: 90vh; place-content: center; padding: 1rem; max-width: 34rem; margin: auto }
h1 { font-size: 4rem; margin: 0 }
code { font-size: .85rem; opacity: .8; overflow-wrap: anywhere }
</style>
<h1>${title}</h1>
<p>${escaped(message)}</p>
<p><code>Request ${exchange.requestId}</code></p>
</html>
`;
}

/** A message may be an operator's, or quote the client: it is text and never markup. */
function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** What can go wrong between the edge and a replica, besides the system's own error codes. */
export type UpstreamErrorCode =
  | "BAD_RESPONSE"
  | "CONNECT_TIMEOUT"
  | "SEND_TIMEOUT"
  | "FIRST_BYTE_TIMEOUT"
  | "SILENCE_TIMEOUT"
  | "TOTAL_TIMEOUT"
  | "REPLICA_SILENT"
  | "QUEUE_FULL"
  | "QUEUE_TIMEOUT"
  | "CLOSED_EARLY"
  | "REQUEST_BROKE"
  | "ABORTED";

export class UpstreamError extends ExpectedError {
  override readonly name = "UpstreamError";
  readonly code: UpstreamErrorCode;

  constructor(code: UpstreamErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

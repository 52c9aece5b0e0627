import { codeOf, type EdgeError } from "../exchange/edge-error.ts";
import type { UpstreamRequest } from "./upstream-request.ts";

/** How an attempt ended without a response. */
export interface AttemptFailure {
  readonly cause: Error;
  /** Whether anything of the request was sent, and any byte received. */
  readonly sent: boolean;
  readonly received: boolean;
  /** Whether the connection had carried another request before. */
  readonly kept: boolean;
  /** Milliseconds from the sending of the request to the failure; 0 where nothing was sent. */
  readonly ranFor: number;
}

/** Methods that may be sent twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Whether the worker that had the request may have died of it. */
export function isSuspect({ sent, received }: AttemptFailure, { code }: EdgeError): boolean {
  return sent && !received && code === "upstream-broken";
}

/** Whether a request may be sent once more, after an attempt without a response. */
export function mayRetry(
  upstream: UpstreamRequest,
  { cause, sent, received }: AttemptFailure,
  { code }: EdgeError,
): boolean {
  if (code === "client-left" || (code === "upstream-timeout" && !isSilent(cause))) return false;
  if (code === "bad-request" || code === "too-large") return false;
  if (upstream.body !== undefined && !upstream.body.replayable) return false;
  if (!sent) return true;
  return !received && isRetryable(upstream);
}

/** Whether it may be sent to two replicas, as far as the request says. */
export function isRetryable({ request, body, upgraded }: UpstreamRequest): boolean {
  // An application may do something at each handshake, although its method is GET.
  if (upgraded !== undefined || (body !== undefined && !body.replayable)) return false;
  return IDEMPOTENT.has(request.method);
}

/** Whether the replica responded neither to the request nor to a check. */
export function isSilent(cause: Error): boolean {
  return codeOf(cause) === "REPLICA_SILENT";
}

/** The edge itself lacks ports, descriptors or memory. */
const OWN_FAULTS = new Set(["EADDRNOTAVAIL", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** Whether a failure says nothing about the replica, because it is the edge's own. */
export function isOwnFault(cause: Error): boolean {
  return OWN_FAULTS.has(codeOf(cause));
}

import type { IncomingMessage } from "node:http";
import type { TrustedPeers } from "@gatehouse/http";
import { queueTime, requestId, traceparent } from "@gatehouse/telemetry";
import { setField, settleForwarded } from "./client-side.ts";
import type { Exchange } from "./exchange.ts";

/** Makes what a request tells of its way true: the client's side, its request id and its trace. */
export function settleRequest(request: IncomingMessage, trusted: TrustedPeers) {
  settleForwarded(request, trusted);
  const { headers } = request;
  const told = {
    request_id: requestId(word(headers["x-request-id"])),
    traceparent: traceparent(word(headers.traceparent)),
  };
  setField(request, "X-Request-ID", told.request_id);
  setField(request, "traceparent", told.traceparent);
  return told;
}

/** The same for an exchange, which remembers it, with the time on the way here. */
export function settleArrival(exchange: Exchange, trusted: TrustedPeers): void {
  const { req: request } = exchange;
  const { request_id, traceparent } = settleRequest(request, trusted);
  exchange.target = request.url ?? "";
  exchange.requestId = request_id;
  exchange.traceparent = traceparent;
  const arrivedAt = performance.timeOrigin + exchange.receivedAt;
  exchange.queued = queueTime(word(request.headers["x-request-start"]), arrivedAt);
}

/** Who asked, as the forwarded headers tell by now. */
export function clientOf(request: IncomingMessage): string {
  return word(request.headers["x-forwarded-for"]) ?? "";
}

function word(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

import type { IncomingMessage } from "node:http";
import type { TrustedPeers } from "@gatehouse/http";
import { queueTime, requestId, traceparent } from "@gatehouse/telemetry";
import { setField, settleForwarded } from "./client-side.ts";
import type { Exchange } from "./exchange.ts";

/** Makes what a request's headers tell of its way here true, for the exchange and the application. */
export function settleArrival(exchange: Exchange, trusted: TrustedPeers): void {
  const { req: request } = exchange;
  settleForwarded(request, trusted);
  const { headers } = request;
  exchange.requestId = requestId(word(headers["x-request-id"]));
  exchange.traceparent = traceparent(word(headers.traceparent));
  const arrivedAt = performance.timeOrigin + exchange.receivedAt;
  exchange.queued = queueTime(word(headers["x-request-start"]), arrivedAt);
  setField(request, "X-Request-ID", exchange.requestId);
  setField(request, "traceparent", exchange.traceparent);
}

/** Who asked, as the forwarded headers tell by now. */
export function clientOf(request: IncomingMessage): string {
  return word(request.headers["x-forwarded-for"]) ?? "";
}

function word(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

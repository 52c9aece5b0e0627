import type { IncomingMessage } from "node:http";
import { performance } from "node:perf_hooks";
import { queueTime, requestId, traceparent } from "@gatehouse/telemetry";
import type { ClientSides } from "./client-side.ts";
import type { Exchange } from "./exchange.ts";
import { setField } from "./fields.ts";

/** Milliseconds since the epoch: where this process' clock begins. */
const TIME_ORIGIN = performance.timeOrigin;

/** Makes what a request tells of its way true: the client's side, its request id and its trace. */
export function settleRequest(request: IncomingMessage, clients: ClientSides) {
  const client = clients.settle(request);
  const { headers } = request;
  const request_id = requestId(word(headers["x-request-id"]));
  const trace = traceparent(word(headers.traceparent));
  // What is missing is added here and not by its name: that is nearly every request of a client.
  if (headers["x-request-id"] === undefined) {
    headers["x-request-id"] = request_id;
    request.rawHeaders.push("X-Request-ID", request_id);
  } else if (headers["x-request-id"] !== request_id) {
    setField(request, "X-Request-ID", request_id);
  }
  if (headers.traceparent === undefined) {
    headers.traceparent = trace;
    request.rawHeaders.push("traceparent", trace);
  } else if (headers.traceparent !== trace) setField(request, "traceparent", trace);
  return { request_id, traceparent: trace, client };
}

/** The same for an exchange, which remembers it, with the time on the way here. */
export function settleArrival(exchange: Exchange, clients: ClientSides): void {
  const { req: request } = exchange;
  const { request_id, traceparent, client } = settleRequest(request, clients);
  exchange.target = request.url ?? "";
  exchange.requestId = request_id;
  exchange.traceparent = traceparent;
  exchange.client = client;
  const start = word(request.headers["x-request-start"]);
  if (start === undefined) return;
  exchange.queued = queueTime(start, TIME_ORIGIN + exchange.receivedAt);
}

function word(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

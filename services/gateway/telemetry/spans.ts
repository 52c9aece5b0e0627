import type { IncomingMessage } from "node:http";
import { performance } from "node:perf_hooks";
import {
  clippedText,
  hostAttributes,
  INTERNAL,
  type Span,
  serverSpan,
  type Tracer,
  unrecorded,
} from "@gatehouse/telemetry";
import { type Exchange, stateOf } from "../http/exchange.ts";
import { setField } from "../http/request-fields.ts";

/**
 * Begins the gateway's own span of a request, as a child of what a trusted proxy sent. From then on the
 * request names this span, so that the application becomes a child of it.
 * @param own whether it is a request of the gateway itself, which is not recorded
 */
export function beginSpan(tracer: Tracer, request: IncomingMessage, own: boolean): Span {
  const { traceparent } = request.headers;
  const received = typeof traceparent === "string" ? traceparent : undefined;
  const span = tracer.begin(own ? unrecorded() : received);
  setField(request, "traceparent", span.traceparent);
  return span;
}

/**
 * Hands over the span of a request, with what its access line has.
 * @param duration milliseconds
 */
export function endSpan(exchange: Exchange, status: number, duration: number): void {
  const { span, passedOn } = stateOf(exchange);
  if (!span.sampled) return;
  if (passedOn) endPassing(span, exchange, duration);
  else endRequest(span, exchange, status, duration);
}

/** The wait for a worker is its child: with that the span begins where the edge sent the request. */
function endRequest(span: Span, exchange: Exchange, status: number, duration: number): void {
  const { target, receivedAt, calledAt, queueTime, client, requestId } = stateOf(exchange);
  const { headers, method = "", httpVersion } = exchange.req;
  const called = calledAt - (queueTime ?? 0);
  const start = Math.min(receivedAt, called);
  const end = receivedAt + duration;
  if (queueTime !== undefined) {
    span.child().end({
      ...{ name: "wait for a worker", kind: INTERNAL, attributes: {}, failed: false },
      ...{ start: called, end: calledAt },
    });
  }
  const more = {
    "url.scheme": headers["x-forwarded-proto"] === "https" ? "https" : "http",
    ...hostAttributes(headers.host ?? ""),
    "client.address": clippedText(client),
    "network.protocol.version": httpVersion,
    "gatehouse.request_id": requestId,
  };
  span.end(serverSpan({ method, target, status, start, end, more }));
}

/** The part of the worker that has the client's connection: another one served the request. */
function endPassing(span: Span, exchange: Exchange, duration: number): void {
  const { receivedAt, requestId } = stateOf(exchange);
  span.end({
    name: "pass on to another worker",
    kind: INTERNAL,
    start: receivedAt,
    end: receivedAt + duration,
    failed: false,
    attributes: { "gatehouse.request_id": requestId },
  });
}

interface UpgradeLine {
  readonly request_id: string;
  readonly method: string;
  readonly target: string;
  readonly client: string;
}

/** A connection that the application had taken over has closed. */
export function endUpgrade(span: Span, line: UpgradeLine, start: number): void {
  const { method, target, client, request_id } = line;
  const more = { "client.address": client, "gatehouse.request_id": request_id };
  span.end(serverSpan({ method, target, status: 101, start, end: performance.now(), more }));
}

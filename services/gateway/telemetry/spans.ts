import { performance } from "node:perf_hooks";
import {
  type Attributes,
  clippedText,
  hostAttributes,
  INTERNAL,
  type Span,
  serverSpan,
} from "@gatehouse/telemetry";
import type { Exchange } from "../http/exchange.ts";

/**
 * Hands over the span of a request, with what its access line has, and as its child the wait for a
 * worker: with that the span begins where the edge sent the request.
 * @param duration milliseconds
 */
export function endRequest(span: Span, exchange: Exchange, status: number, duration: number): void {
  const { req: request, target, receivedAt, calledAt, queueTime } = exchange;
  const { headers, method = "", httpVersion } = request;
  const called = calledAt - (queueTime ?? 0);
  const start = Math.min(receivedAt, called);
  const end = receivedAt + duration;
  if (queueTime !== undefined) {
    span.child().end({
      ...{ name: "wait for a worker", kind: INTERNAL, attributes: {}, failed: false },
      ...{ start: called, end: calledAt },
    });
  }
  const more: Attributes = {
    "url.scheme": headers["x-forwarded-proto"] === "https" ? "https" : "http",
    ...hostAttributes(headers.host ?? ""),
    "client.address": clippedText(exchange.client),
    "network.protocol.version": httpVersion,
    "gatehouse.request_id": exchange.requestId,
  };
  span.end(serverSpan({ method, target, status, start, end, more }));
}

/** The part of the worker that has the client's connection: another one served the request. */
export function endPassing(
  span: Span,
  { receivedAt, requestId }: Exchange,
  duration: number,
): void {
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

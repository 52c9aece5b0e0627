import {
  CLIENT,
  clippedText,
  hostAttributes,
  methodAttributes,
  pathOf,
  type Span,
  serverSpan,
  spanName,
} from "@gatehouse/telemetry";
import type { Exchange } from "../exchange/exchange.ts";

/**
 * Hands over the span of a request, with what its access line has.
 * @param duration milliseconds
 */
export function endRequest(span: Span, exchange: Exchange, status: number, duration: number): void {
  const { client, request, method, target, failure, receivedAt: start } = exchange;
  const facts = { method, target, status, failure, start, end: start + duration };
  const more = {
    "url.scheme": client.scheme,
    ...hostAttributes(client.host),
    "client.address": client.address,
    "network.protocol.version": request.httpVersion === "2.0" ? "2" : request.httpVersion,
    "user_agent.original": clippedText(request.headers["user-agent"]),
    "gatehouse.request_id": exchange.requestId,
    "gatehouse.served_by": exchange.servedBy,
    "gatehouse.route": exchange.route,
    "gatehouse.cache": exchange.cacheStatus,
  };
  span.end(serverSpan({ ...facts, more }));
}

interface EndedAttempt {
  /** Its address. */
  readonly replica: string;
  /** How many there were, this one included. */
  readonly attempts: number;
  /** Undefined where no response began. */
  readonly status: number | undefined;
  /** The code of the error that ended it, if one did. */
  readonly failure: string | undefined;
  readonly start: number;
}

/** Hands over the span of one attempt to send a request to a replica, the wait for a connection included. */
export function endAttempt(
  span: Span,
  { method, target }: { readonly method: string; readonly target: string },
  { replica, attempts, status, failure, start }: EndedAttempt,
): void {
  // That a page is not found is no failure of the replica, and so none of the attempt.
  const failed = failure !== undefined || (status ?? 0) >= 500;
  span.end({
    name: spanName(method),
    kind: CLIENT,
    start,
    end: performance.now(),
    failed,
    attributes: {
      ...methodAttributes(method),
      "url.full": `http://${replica}${pathOf(target)}`,
      "server.address": replica,
      "http.response.status_code": status,
      "http.request.resend_count": attempts > 1 ? attempts - 1 : undefined,
      "error.type": failed ? (failure ?? String(status)) : undefined,
    },
  });
}

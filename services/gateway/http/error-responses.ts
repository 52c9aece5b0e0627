import { STATUS_CODES } from "node:http";
import type { Refusal } from "@gatehouse/http";
import { type Logger, oneLine } from "@gatehouse/telemetry";
import type { Overload, RequestMetrics } from "../telemetry/request-metrics.ts";
import { closeToApplication, type Exchange, stateOf } from "./exchange.ts";

/** Of what the application has set. Without CORS a page would learn nothing of the error. */
const KEPT = /^(access-control-.*|connection|date|retry-after|vary)$/;

export function respondRefused(exchange: Exchange, { status, reason }: Refusal): void {
  respond(exchange, status, `${reason}\n`);
}

export function respondOverloaded(metrics: RequestMetrics, exchange: Exchange, overload: Overload) {
  metrics.reject(overload);
  exchange.setHeader("Retry-After", "1");
  respond(exchange, 503, "The site is busy or starting. Please try again in a few seconds.\n");
}

/** For an error that the application threw. */
export function respondFailed(
  server: { readonly logger: Logger; lastError: string | undefined },
  exchange: Exchange,
  error: unknown,
): void {
  const { requestId: request_id } = stateOf(exchange);
  server.lastError = oneLine(error).slice(0, 200);
  server.logger.error("application error", { request_id, error });
  // It may have a response: the refusal of the body that the application was reading.
  if (exchange.writableEnded) return;
  if (exchange.headersSent) exchange.destroy();
  else respond(exchange, 500, `The application failed. Request id: ${request_id}\n`);
}

function respond(exchange: Exchange, status: number, text: string): void {
  // The others are of the response that failed: its encoding, its time in caches, its cookies.
  for (const name of exchange.getHeaderNames()) if (!KEPT.test(name)) exchange.removeHeader(name);
  exchange.setHeader("Content-Type", "text/plain");
  exchange.setHeader("Content-Length", Buffer.byteLength(text));
  exchange.writeHead(status, STATUS_CODES[status]);
  exchange.end(text);
  closeToApplication(exchange);
}

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { closeAfter, originForm, type Refusal, type RequestGuard } from "@gatehouse/http";
import { CLIENT_LEFT, type Logger, type Tracer } from "@gatehouse/telemetry";
import type { Affinity } from "../affinity/affinity.ts";
import { passOn } from "../affinity/pass-on.ts";
import { takeMark } from "../affinity/passed-fields.ts";
import { type Hooks, type Outcome, runHook, type WorkerView } from "../hooks/hooks.ts";
import type { GatewaySettings } from "../settings.ts";
import type { AccessLog } from "../telemetry/access-log.ts";
import type { RequestMetrics } from "../telemetry/request-metrics.ts";
import { beginSpan, endSpan } from "../telemetry/spans.ts";
import type { Admission } from "./admission.ts";
import { isBusy } from "./connections.ts";
import { respondFailed, respondRefused } from "./error-responses.ts";
import { type Exchange, type ExchangeOwner, stateOf } from "./exchange.ts";
import type { ForwardedHeaders } from "./forwarded-headers.ts";
import { queueTimeOf, setRequestId } from "./request-fields.ts";
import type { ServedApplication } from "./upgrades.ts";

/** What a worker gives its server. */
export interface WorkerParts {
  readonly application: ServedApplication;
  readonly settings: GatewaySettings;
  readonly logger: Logger;
  readonly metrics: RequestMetrics;
  readonly accessLog: AccessLog;
  readonly hooks: Hooks;
  readonly view: WorkerView;
  /** Undefined where no traces are sent. */
  readonly tracer: Tracer | undefined;
}

/** What the server adds. */
export interface ServerParts extends WorkerParts, ExchangeOwner {
  readonly guard: RequestGuard;
  readonly forwarded: ForwardedHeaders;
  readonly admission: Admission;
  readonly affinity: Affinity;
  /** Connections of other workers: each is for one request that they pass on. */
  readonly links: Set<Socket>;
  /** Milliseconds that connections waited for this worker, until their first request. */
  readonly connectionWaits: Map<Socket, number>;
  /** The worker is being probed: its requests are neither counted nor logged. */
  readonly probing: boolean;
  lastError: string | undefined;
}

// The stations of a request through a worker, in order. docs/gateway.md shows the comments that
// begin with "Station", with the settings in parentheses.

/** The head of a request has been received. */
export function requestStations(server: ServerParts, exchange: Exchange): void {
  const { req: request } = exchange;

  // Station: Closing connection. A request behind the last one of its connection gets no response.
  if (server.guard.ignores(request)) return;
  exchange.ownedBy(server);
  const state = stateOf(exchange);

  // Station: Metrics. The request counts as in flight.
  if (!server.probing) server.metrics.begin();

  // Station: Forwarded header fields (trustedProxies). What a trusted proxy sent about the client is
  // rewritten to one client; what any other peer sent is removed.
  // Another worker has done it for a request that it passes on.
  const isPassedOn = server.links.size > 0 && server.links.has(request.socket);
  if (isPassedOn) takeMark(request);
  state.client = isPassedOn
    ? String(request.headers["x-forwarded-for"])
    : server.forwarded.rewrite(request);

  // Station: Request id and trace (otlpEndpoint). A trusted proxy's X-Request-ID and traceparent are
  // kept; otherwise new ones are made. With traces, the application's parent is the gateway's span.
  if (server.tracer !== undefined) {
    state.span = beginSpan(server.tracer, request, server.probing);
  }
  setRequestId(request, state);
  state.target = request.url ?? "";

  // Station: Queue time. The wait since X-Request-Start of the proxy, or since the connection was
  // accepted, is measured.
  state.queueTime = queueTimeOf(request, state.receivedAt);
  if (server.connectionWaits.size > 0) addConnectionWait(server.connectionWaits, exchange);

  // Station: Limits and rules of HTTP (limitRequestLine, limitRequestField, limitRequestFields,
  // limitRequestBody, headersTimeout, bodyMinRate, bodyRateWindow). A request that breaks one is
  // rejected with 400, 408, 413, 414, 417, 431, 501 or 505, also while its body arrives.
  // Another worker has checked what it passes on, and checks the rest.
  const refused = (refusal: Refusal) => respondRefused(exchange, refusal);
  if (isPassedOn) closeAfter(exchange);
  else if (!server.guard.admit(request, exchange, refused)) return;
  request.url = originForm(request.method ?? "", request.url ?? "");

  // Station: Affinity (affinity). A request that belongs to another worker is passed on to it, once:
  // that worker counts and logs it, and its response comes back by this one. Where that worker is gone,
  // the request goes on here.
  if (server.affinity.shared && !isPassedOn) {
    const owner = server.affinity.ownerOf(request, state.client);
    if (owner !== undefined) {
      void passOn(server, exchange, owner, () => serveHere(server, exchange));
      return;
    }
  }
  serveHere(server, exchange);
}

/** The request is served by this worker. */
function serveHere(server: ServerParts, exchange: Exchange): void {
  const { req: request } = exchange;
  const { settings, hooks } = server;

  // Station: Hook preRequest (config). It runs; the request does not wait for it.
  if (hooks.preRequest !== undefined && !server.probing) preRequest(server, request);

  // Station: Admission (maxInFlight, queueSize, queueTimeout, healthPath). The request goes on, waits
  // in the queue, in turn with those of other clients, or is rejected with 503. One that has waited ends here
  // if its client has left. The health path is not queued.
  if (request.url === settings.healthPath) callApplication(server, exchange);
  else server.admission.admit(exchange);
}

/** The request is admitted. */
export function callApplication(server: ServerParts, exchange: Exchange): void {
  // Station: Application (app, rootPath, mount, middleware, fastResponse). The middleware is called, then the
  // application that is mounted on the path. An error that it throws becomes 500.
  try {
    const running = server.application.listener(exchange.req, exchange);
    if (running !== undefined) catchRejection(server, exchange, running);
  } catch (error) {
    respondFailed(server, exchange, error);
  }
}

// Station: WebSocket (webSocketBacklog, webSocketBacklogs). The application has the connection; what
// waits for a client that does not read is bounded (http/websocket-backlog.ts).

// Station: Head of the response (serverTiming, keepAlive). X-Request-ID and Server-Timing are added,
// and Connection: close while the worker drains (http/exchange.ts).

/** The response has been sent, or the client has left. */
export function responseStations(server: ServerParts, exchange: Exchange): void {
  const { req: request } = exchange;
  const state = stateOf(exchange);
  const duration = performance.now() - state.receivedAt;
  const status = exchange.writableFinished ? exchange.statusCode : CLIENT_LEFT;

  // Station: End of the response. The next request of the queue is admitted, and the rest of the body
  // is discarded: in the socket it would hide the next request and the end of the connection.
  // A timeout that the application has set was for this request, unless the next one was sent behind it
  // without waiting (RFC 9112, section 9.3.2): then it may be for that one.
  server.admission.release(exchange);
  if (!request.complete) request.resume();
  if (request.socket.timeout && !isBusy(request.socket)) request.socket.setTimeout(0);

  // Station: Span (otlpEndpoint). It is handed over to be sent, with the wait for a worker.
  if (server.tracer !== undefined) endSpan(exchange, status, duration);
  if (server.probing || state.passedOn) return;

  // Station: Metrics. The status and the duration are counted.
  server.metrics.end(status, duration, state.queueTime);

  // Station: Access line (accessLog). The log line is written; 499 stands for a client that left: one that
  // has closed its connection, or its sending half alone.
  server.accessLog.write({
    request_id: state.requestId,
    traceparent: state.traceparent,
    method: request.method ?? "",
    target: state.target,
    status,
    duration,
    client: state.client,
  });

  // Station: Hook postRequest (config). It runs; nothing waits for it.
  if (server.hooks.postRequest !== undefined) postRequest(server, request, { status, duration });
}

/** The first request of a connection has waited as long as the connection itself. */
function addConnectionWait(waits: Map<Socket, number>, exchange: Exchange): void {
  const { socket } = exchange.req;
  const state = stateOf(exchange);
  state.connectionWait = waits.get(socket) ?? 0;
  waits.delete(socket);
  if (state.connectionWait > 0) state.queueTime ??= state.connectionWait;
}

// Closures stand in functions of their own, so that only the requests that need one pay for it.

function catchRejection(server: ServerParts, exchange: Exchange, running: unknown): void {
  Promise.resolve(running).catch((error: unknown) => respondFailed(server, exchange, error));
}

function preRequest({ hooks, view, logger }: ServerParts, request: IncomingMessage): void {
  void runHook(logger, () => hooks.preRequest?.(view, request));
}

function postRequest(
  { hooks, view, logger }: ServerParts,
  request: IncomingMessage,
  outcome: Outcome,
): void {
  void runHook(logger, () => hooks.postRequest?.(view, request, outcome));
}

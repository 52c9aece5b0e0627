import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { originForm, type Refusal, RequestGuard, TrustedPeers } from "@gatehouse/http";
import {
  CLIENT_LEFT,
  type Logger,
  milliseconds,
  queueTime,
  requestId,
  tellRefused,
  traceparent,
} from "@gatehouse/telemetry";
import type { Application } from "./applications/application.ts";
import { setField, settleForwarded } from "./client-side.ts";
import { Exchange } from "./exchange.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import { type GatewaySettings, httpLimits } from "./settings.ts";
import { Upgrades } from "./upgrades.ts";

/** The HTTP server of one worker: what stands between the socket and the application. */
export class HttpServer {
  readonly #application: Pick<Application, "listener" | "upgradeFor">;
  readonly #logger: Logger;
  readonly #guard: RequestGuard;
  readonly #trusted: TrustedPeers;
  readonly #server: Server<typeof IncomingMessage, typeof Exchange>;
  readonly #metrics: RequestMetrics;
  readonly #upgrades = new Upgrades();
  #lameDuck = false;
  readonly #isLameDuck = () => this.#lameDuck;

  constructor(
    application: Pick<Application, "listener" | "upgradeFor">,
    settings: GatewaySettings,
    logger: Logger,
    metrics: RequestMetrics,
  ) {
    this.#application = application;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#trusted = new TrustedPeers(settings.trustedProxies);
    this.#guard = new RequestGuard(httpLimits(settings), (refusal, client) =>
      tellRefused(logger, refusal, client),
    );
    this.#server = createServer(
      {
        ServerResponse: Exchange,
        keepAliveTimeout: settings.keepAlive,
        ...this.#guard.serverOptions,
      },
      (request, exchange) => this.#serve(request, exchange),
    );
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.maxHeadersCount = 0;
    this.#guard.attach(this.#server, {
      takesUpgrade: (request) => application.upgradeFor(request) !== undefined,
      // The application says "100 Continue", so that what it refuses does not send its body first.
      continues: false,
    });
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((listening, failed) => {
      this.#server.once("error", failed).listen({ host, port, backlog: 2048 }, listening);
    });
  }

  /** The port that was bound, for a configured port of 0. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** From now on every answer asks its client to leave. */
  lameDuck(): void {
    this.#lameDuck = true;
  }

  /** Accepts nothing more; resolves when the last answer has been sent and WebSockets are closed. */
  async close(): Promise<void> {
    this.#lameDuck = true;
    this.#upgrades.close();
    await new Promise<void>((closed) => this.#server.close(() => closed()));
  }

  #serve(request: IncomingMessage, exchange: Exchange): void {
    if (this.#guard.ignores(request)) return;
    this.#metrics.begin();
    this.#settle(request);
    const { headers } = request;
    exchange.target = request.url ?? "";
    exchange.requestId = word(headers["x-request-id"]) ?? "";
    exchange.traceparent = word(headers.traceparent) ?? "";
    exchange.queued = queueTime(
      word(headers["x-request-start"]),
      performance.timeOrigin + exchange.receivedAt,
    );
    exchange.lameDuck = this.#isLameDuck;
    exchange.once("close", () => this.#finish(request, exchange));
    this.#answer(request, exchange);
  }

  /** Makes what the request tells of its way true: the client's side, request id and trace. */
  #settle(request: IncomingMessage): void {
    settleForwarded(request, this.#trusted);
    const { headers } = request;
    setField(request, "X-Request-ID", requestId(word(headers["x-request-id"])));
    setField(request, "traceparent", traceparent(word(headers.traceparent)));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { method = "", url: target = "" } = request;
    this.#settle(request);
    const upgrade = this.#application.upgradeFor(request);
    if (upgrade === undefined) {
      socket.destroy();
      return;
    }
    const { "x-request-id": request_id, traceparent } = request.headers;
    const begun = performance.now();
    socket.once("close", () => {
      const duration_ms = milliseconds(performance.now() - begun);
      const told = { request_id, traceparent, method, target, status: 101, duration_ms };
      this.#logger.info("access", { ...told, pid: process.pid });
    });
    this.#upgrades.take(request, socket, head, upgrade).catch((error: unknown) => {
      this.#logger.error("application error", { request_id, error });
    });
  }

  #answer(request: IncomingMessage, exchange: Exchange): void {
    const refused = (refusal: Refusal) => this.#refuse(exchange, refusal);
    if (!this.#guard.admit(request, exchange, refused)) return;
    request.url = originForm(request.method ?? "", request.url ?? "");
    exchange.calledAt = performance.now();
    Promise.try(this.#application.listener, request, exchange).catch((error: unknown) => {
      this.#fail(exchange, error);
    });
  }

  #refuse(exchange: Exchange, { status, reason }: Refusal): void {
    const body = `${reason}\n`;
    exchange.writeHead(status, { "Content-Type": "text/plain", "Content-Length": body.length });
    exchange.end(body);
  }

  /** The application threw and did not answer: the client must not wait for nothing. */
  #fail(exchange: Exchange, error: unknown): void {
    this.#logger.error("application error", { request_id: exchange.requestId, error });
    // Answered all the same, such as by a refusal of the body that the application was reading.
    if (exchange.writableEnded) return;
    if (exchange.headersSent) {
      exchange.destroy();
      return;
    }
    exchange.writeHead(500, { "Content-Type": "text/plain" });
    exchange.end(`The application failed. Request id: ${exchange.requestId}\n`);
  }

  #finish(request: IncomingMessage, exchange: Exchange): void {
    const duration = performance.now() - exchange.receivedAt;
    const status = exchange.writableFinished ? exchange.statusCode : CLIENT_LEFT;
    this.#metrics.end(status, duration, exchange.queued);
    // An application may answer without reading the whole body. What is left must be taken off
    // the connection, or neither its next request nor the client's leaving would be noticed.
    if (!request.complete) request.resume();
    // Node closes what is idle as a server stops, but not what becomes idle afterwards.
    if (!this.#server.listening) this.#server.closeIdleConnections();
    this.#logger.info("access", {
      request_id: exchange.requestId,
      traceparent: exchange.traceparent,
      method: request.method,
      target: exchange.target,
      status,
      duration_ms: milliseconds(duration),
      client: request.headers["x-forwarded-for"],
      pid: process.pid,
    });
  }
}

function word(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

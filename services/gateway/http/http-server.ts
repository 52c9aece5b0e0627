import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";
import { originForm, type Refusal, RequestGuard, TrustedPeers } from "@gatehouse/http";
import { CLIENT_LEFT, type Logger, tellRefused } from "@gatehouse/telemetry";
import type { Application } from "../applications/application.ts";
import type { Hooks, Outcome, WorkerView } from "../hooks/hooks.ts";
import type { GatewaySettings } from "../settings.ts";
import type { AccessLog } from "../telemetry/access-log.ts";
import type { RequestMetrics } from "../telemetry/request-metrics.ts";
import { Admission, type Overload } from "./admission.ts";
import { settleArrival, settleRequest } from "./arrival.ts";
import { ClientSides } from "./client-side.ts";
import { Connections } from "./connections.ts";
import { Exchange, type ExchangeOwner } from "./exchange.ts";
import { Incoming } from "./incoming.ts";
import { Upgrades } from "./upgrades.ts";

/** Milliseconds that a connection may wait before it counts as waiting. */
const LONG = 5;

/** Seconds that a refused client is asked to wait. */
const RETRY_AFTER = "1";

/** What a worker's server works with. */
export interface HttpServerParts {
  readonly application: Application;
  readonly settings: GatewaySettings;
  readonly logger: Logger;
  readonly metrics: RequestMetrics;
  readonly accessLog: AccessLog;
  readonly hooks: Hooks;
  readonly view: WorkerView;
}

/**
 * The HTTP server of one worker: what stands between the connection and the application. It does
 * not listen; the primary hands it connections.
 */
export class HttpServer implements ExchangeOwner {
  readonly timed: boolean;
  readonly keepAlive: number;
  readonly connections: Connections;
  readonly #parts: HttpServerParts;
  readonly #guard: RequestGuard;
  readonly #clients: ClientSides;
  readonly #server: Server<typeof Incoming, typeof Exchange>;
  readonly #admission: Admission;
  readonly #upgrades = new Upgrades();
  readonly #eventStreams = new Set<Exchange>();
  /** How long connections waited whose first request has not come yet, in ms. */
  readonly #waited = new Map<Socket, number>();
  #lameDuck = false;
  #probing = false;
  #lastError: string | undefined;

  constructor(parts: HttpServerParts) {
    const { settings, application, logger } = parts;
    this.#parts = parts;
    this.timed = settings.serverTiming;
    this.keepAlive = settings.keepAlive;
    this.#clients = new ClientSides(new TrustedPeers(settings.trustedProxies));
    this.#guard = new RequestGuard(settings, (refusal, client) =>
      tellRefused(logger, refusal, client),
    );
    this.#admission = new Admission(
      settings,
      (exchange) => this.#call(exchange),
      (exchange, overload) => this.#turnAway(exchange, overload),
    );
    this.#server = createServer(
      {
        IncomingMessage: Incoming,
        ServerResponse: Exchange,
        ...this.#guard.serverOptions,
      },
      (request, exchange) => this.#serve(request, exchange),
    );
    this.#server.maxHeadersCount = 0;
    this.connections = new Connections(this.#server, settings.keepAlive);
    this.#server.on("upgrade", this.#upgrade.bind(this));
    this.#guard.attach(this.#server, {
      takesUpgrade: (request) => application.upgradeFor(request) !== undefined,
      // The application says "100 Continue", so that what it refuses does not send its body first.
      continues: false,
    });
  }

  get lameDuck(): boolean {
    return this.#lameDuck;
  }

  /** Requests that wait for the application. */
  get queued(): number {
    return this.#admission.waiting;
  }

  /** What the application threw last. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Serves a connection that somebody else accepted, `waited` ms ago. */
  accept(socket: Socket, waited: number): void {
    // Less is not worth a look at every request.
    if (waited >= LONG) {
      this.#waited.set(socket, waited);
      socket.once("close", () => this.#waited.delete(socket));
    }
    // A client may close its sending half and still wait for the answer.
    socket.allowHalfOpen = true;
    this.#server.emit("connection", socket);
  }

  /** Serves connections without counting or logging their requests until `probe` has ended. */
  async probe(probe: (accept: (socket: Socket) => void) => Promise<void>): Promise<void> {
    this.#probing = true;
    await probe((socket) => this.accept(socket, 0));
    this.#probing = false;
  }

  /** From now on every answer asks its client to leave. */
  leave(): void {
    this.#lameDuck = true;
  }

  /**
   * Finishes what is in flight, ends event streams and WebSockets, closes what is idle after
   * `linger` ms; resolves when the last connection has ended.
   */
  async end(linger: number): Promise<void> {
    this.#lameDuck = true;
    for (const exchange of this.#eventStreams) {
      if (exchange.writableEnded) continue;
      // The application may still write: into nothing.
      exchange.on("error", () => undefined);
      exchange.end();
    }
    this.#upgrades.close();
    await this.connections.end(linger);
  }

  #serve(request: IncomingMessage, exchange: Exchange): void {
    if (this.#guard.ignores(request)) return;
    const { metrics, settings, hooks } = this.#parts;
    exchange.ownedBy(this);
    if (!this.#probing) metrics.begin();
    settleArrival(exchange, this.#clients);
    if (this.#waited.size > 0) this.#addWait(request.socket, exchange);
    const refused = ({ status, reason }: Refusal) => answer(exchange, status, `${reason}\n`);
    if (!this.#guard.admit(request, exchange, refused)) return;
    request.url = originForm(request.method ?? "", request.url ?? "");
    if (hooks.preRequest !== undefined && !this.#probing) this.#preRequest(request);
    if (request.url === settings.healthPath) this.#call(exchange);
    else this.#admission.enter(exchange);
  }

  /** The first request of a connection has waited as long as the connection has. */
  #addWait(socket: Socket, exchange: Exchange): void {
    exchange.waited = this.#waited.get(socket) ?? 0;
    this.#waited.delete(socket);
    if (exchange.waited > 0) exchange.queued ??= exchange.waited;
  }

  #call(exchange: Exchange): void {
    try {
      const running = this.#parts.application.listener(exchange.req, exchange);
      if (running !== undefined) this.#follow(exchange, running);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  // Closures stand in methods of their own, so that only those pay for them who need them.
  #follow(exchange: Exchange, running: unknown): void {
    Promise.resolve(running).catch((error: unknown) => this.#fail(exchange, error));
  }

  #turnAway(exchange: Exchange, overload: Overload): void {
    this.#parts.metrics.refuse(overload);
    exchange.setHeader("Retry-After", RETRY_AFTER);
    answer(exchange, 503, `Overloaded (${overload}): try again in ${RETRY_AFTER} s\n`);
  }

  /** The application threw and did not answer: the client must not wait for nothing. */
  #fail(exchange: Exchange, error: unknown): void {
    this.#lastError = String(error).slice(0, 200);
    this.#parts.logger.error("application error", { request_id: exchange.requestId, error });
    // Answered all the same, such as by a refusal of the body that the application was reading.
    if (exchange.writableEnded) return;
    if (exchange.headersSent) exchange.destroy();
    else answer(exchange, 500, `The application failed. Request id: ${exchange.requestId}\n`);
  }

  /** The answer has no end of its own. */
  streams(exchange: Exchange): void {
    this.#eventStreams.add(exchange);
  }

  /** The answer has been sent, or the client has left. */
  finish(exchange: Exchange): void {
    const { req: request } = exchange;
    const duration = performance.now() - exchange.receivedAt;
    const status = exchange.writableFinished ? exchange.statusCode : CLIENT_LEFT;
    if (exchange.streamsEvents) this.#eventStreams.delete(exchange);
    this.#admission.leave(exchange);
    // An application may answer without reading the whole body. What is left must be taken off
    // the connection, or neither its next request nor the client's leaving would be noticed.
    if (!request.complete) request.resume();
    if (this.#probing) return;
    const { metrics, accessLog, hooks } = this.#parts;
    metrics.end(status, duration, exchange.queued);
    accessLog.write({
      request_id: exchange.requestId,
      traceparent: exchange.traceparent,
      method: request.method ?? "",
      target: exchange.target,
      status,
      duration,
      client: exchange.client,
    });
    if (hooks.postRequest !== undefined) this.#postRequest(request, { status, duration });
  }

  #preRequest(request: IncomingMessage): void {
    const { hooks, view } = this.#parts;
    this.#dare(() => hooks.preRequest?.(view, request));
  }

  #postRequest(request: IncomingMessage, outcome: Outcome): void {
    const { hooks, view } = this.#parts;
    this.#dare(() => hooks.postRequest?.(view, request, outcome));
  }

  /** A hook that fails must not fail the request. */
  #dare(hook: () => unknown): void {
    Promise.try(hook).catch((error: unknown) => {
      this.#parts.logger.error("hook failed", { error });
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { method = "", url: target = "" } = request;
    const { request_id, traceparent, client } = settleRequest(request, this.#clients);
    const upgrade = this.#parts.application.upgradeFor(request);
    if (upgrade === undefined) {
      socket.destroy();
      return;
    }
    const { accessLog, logger } = this.#parts;
    const begun = performance.now();
    socket.once("close", () => {
      const duration = performance.now() - begun;
      accessLog.write({
        request_id,
        traceparent,
        method,
        target,
        status: 101,
        duration,
        client,
      });
    });
    this.#upgrades.take(request, socket, head, upgrade).catch((error: unknown) => {
      logger.error("application error", { request_id, error });
    });
  }
}

function answer(exchange: Exchange, status: number, text: string): void {
  exchange.setHeader("Content-Type", "text/plain");
  exchange.setHeader("Content-Length", Buffer.byteLength(text));
  exchange.writeHead(status);
  exchange.end(text);
}

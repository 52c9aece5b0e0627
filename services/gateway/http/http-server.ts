import { EventEmitter } from "node:events";
import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { RequestGuard, TrustedPeers } from "@gatehouse/http";
import { logRefused } from "@gatehouse/telemetry";
import { Affinity } from "../affinity/affinity.ts";
import type { Slot } from "../pool/messages.ts";
import { Admission } from "./admission.ts";
import { Connections } from "./connections.ts";
import { respondOverloaded } from "./error-responses.ts";
import { closeToApplication, Exchange, Incoming } from "./exchange.ts";
import { ForwardedHeaders } from "./forwarded-headers.ts";
import {
  callApplication,
  requestStations,
  responseStations,
  type ServerParts,
  type WorkerParts,
} from "./stations.ts";
import { Upgrades } from "./upgrades.ts";

/** Milliseconds; a shorter wait of a connection is not worth a lookup for every request. */
const NOTABLE_WAIT = 5;

type Parts = ServerParts & { lameDuck: boolean; probing: boolean };

/** The wiring and lifecycle of a worker's HTTP server. The primary hands it its connections. */
export class HttpServer {
  readonly connections: Connections;
  readonly #parts: Parts;
  readonly #server: Server<typeof Incoming, typeof Exchange>;
  readonly #upgrades: Upgrades;
  readonly #eventStreams = new Set<Exchange>();

  constructor(worker: WorkerParts) {
    const { settings, application, logger, metrics } = worker;
    const parts: Parts = {
      ...worker,
      guard: new RequestGuard(settings, (refusal, client) => logRefused(logger, refusal, client)),
      forwarded: new ForwardedHeaders(new TrustedPeers(settings.trustedProxies)),
      admission: new Admission(
        settings,
        (exchange) => callApplication(parts, exchange),
        (exchange, overload) => respondOverloaded(metrics, exchange, overload),
      ),
      affinity: new Affinity(settings, worker.view.id),
      links: new Set(),
      connectionWaits: new Map(),
      probing: false,
      lastError: undefined,
      lameDuck: false,
      serverTiming: settings.serverTiming,
      keepAlive: settings.keepAlive,
      eventStream: (exchange) => this.#keepEventStream(exchange),
      ended: (exchange) => responseStations(parts, exchange),
    };
    this.#parts = parts;
    this.#server = createServer(
      { IncomingMessage: Incoming, ServerResponse: Exchange, ...parts.guard.serverOptions },
      (_, exchange) => requestStations(parts, exchange),
    );
    // Agents for traces wrap the emit of all HTTP servers: a request is one span, the application's.
    if (application.listens) this.#server.emit = EventEmitter.prototype.emit;
    this.#server.maxHeadersCount = 0;
    application.onClientError(this.#server.emit.bind(this.#server, "clientError"));
    this.connections = new Connections(this.#server, settings.keepAlive);
    this.#upgrades = new Upgrades(parts);
    this.#server.on("upgrade", this.#upgrades.take.bind(this.#upgrades));
    parts.guard.attach(this.#server, (request) => application.upgradeFor(request) !== undefined);
  }

  /** Requests that wait for the application. */
  get queued(): number {
    return this.#parts.admission.waiting;
  }

  /** Bytes that wait for the clients of WebSockets. */
  get webSocketBacklog(): number {
    return this.#upgrades.backlog;
  }

  /** What the application threw last. */
  get lastError(): string | undefined {
    return this.#parts.lastError;
  }

  /** Serves a connection that the primary accepted `waited` ms ago. */
  accept(socket: Socket, waited: number): void {
    if (waited >= NOTABLE_WAIT) {
      const { connectionWaits } = this.#parts;
      connectionWaits.set(socket, waited);
      socket.once("close", () => connectionWaits.delete(socket));
    }
    // As Node's own server accepts it: what was written by then is still sent. Otherwise a client that
    // closes its sending half has left, as at nginx: so does a proxy that gives a request up.
    socket.allowHalfOpen = true;
    this.#connect(socket);
  }

  /** Serves a connection on which another worker passes a request on. */
  acceptLink(socket: Socket): void {
    const { links } = this.#parts;
    links.add(socket);
    socket.once("close", () => links.delete(socket));
    this.#connect(socket);
  }

  /** Which workers share the requests with affinity now, and which ones serve at all. */
  follow(folder: string, slots: readonly Slot[], serving: readonly number[]): void {
    this.#parts.affinity.follow(folder, slots);
    this.#upgrades.closeThoseOfOthersThan(serving);
  }

  /** Serves connections without counting or logging their requests until `probe` has ended. */
  async probe(probe: (accept: (socket: Socket) => void) => Promise<void>): Promise<void> {
    this.#parts.probing = true;
    await probe((socket) => this.accept(socket, 0));
    this.#parts.probing = false;
  }

  /** From now on every response closes its connection. */
  lameDuck(): void {
    this.#parts.lameDuck = true;
  }

  /** Ends event streams and WebSockets, then all connections, idle ones after `linger` ms. */
  async end(linger: number): Promise<void> {
    this.#parts.lameDuck = true;
    for (const exchange of this.#eventStreams) {
      if (exchange.writableEnded) continue;
      exchange.end();
      closeToApplication(exchange);
    }
    this.#upgrades.close();
    await this.connections.end(linger);
  }

  #connect(socket: Socket): void {
    this.#server.emit("connection", socket);
    this.#parts.application.adopt(socket);
  }

  #keepEventStream(exchange: Exchange): void {
    this.#eventStreams.add(exchange);
    exchange.once("close", () => this.#eventStreams.delete(exchange));
  }
}

import { createServer, type IncomingMessage, type Server } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { RequestGuard } from "@gatehouse/http";
import type { Incoming, Outgoing } from "../exchange/exchange.ts";
import type { Protection } from "../limits/protection.ts";
import type { WebSettings } from "../settings.ts";
import { counter, gauge, type Metric } from "../telemetry/metric.ts";
import { type Certificates, loadCertificates } from "../tls/certificates.ts";
import { Handshakes } from "../tls/handshakes.ts";
import { TLS_POLICY } from "../tls/policy.ts";
import { Door, type Place } from "./door.ts";
import { Http2Sessions } from "./http2-sessions.ts";

/** What the servers hand on. */
export interface Handlers {
  serve(request: Incoming, response: Outgoing): void;
  takesUpgrade(request: IncomingMessage): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface Places {
  readonly http: Place;
  readonly https: Place;
}

const CONCURRENT_STREAMS = 128;
/** How often an edge that leaves looks for connections that have become idle, in ms. */
const POLL = 20;

/** :method, :scheme, :authority, :path; RFC 9113, section 8.3.1. */
const PSEUDO_FIELDS = 4;

/** The servers of the edge: HTTP/1.1 behind one door, HTTP/2 and HTTP/1.1 over TLS behind the other. */
export class Listeners {
  readonly #http: Server;
  readonly #httpDoor: Door;
  readonly #https: Http2SecureServer | undefined;
  readonly #httpsDoor: Door | undefined;
  readonly #sessions = new Http2Sessions();
  readonly #handshakes = new Handshakes();
  #certificates: Certificates | undefined;
  #ticketKeys: Buffer | undefined;

  /** @throws Error when a certificate or its key cannot be served. */
  constructor(
    settings: WebSettings,
    guard: RequestGuard,
    protection: Protection,
    handlers: Handlers,
  ) {
    const { serve, takesUpgrade, upgrade } = handlers;
    // Whoever reads a body asks for it.
    const door = { takesUpgrade, continues: false };
    const http1 = { ...guard.serverOptions, keepAliveTimeout: settings.keepAlive };
    this.#http = createServer(http1, serve);
    this.#http.maxHeadersCount = 0;
    guard.attach(this.#http, door);
    this.#http.on("upgrade", upgrade);
    this.#httpDoor = new Door(this.#http, true, protection);
    if (settings.https === "off") return;
    this.#certificates = loadCertificates(settings);
    this.#https = createSecureServer(
      {
        ...http1,
        ...TLS_POLICY,
        ...this.#certificates.first.credentials,
        SNICallback: (name, found) => found(null, this.#certificates?.contextFor(name)),
        handshakeTimeout: settings.headersTimeout,
        allowHTTP1: true,
        maxHeaderListPairs: settings.limitRequestFields + PSEUDO_FIELDS,
        settings: { maxConcurrentStreams: CONCURRENT_STREAMS },
        // What the application says twice goes on twice, as over HTTP/1.1: Node would throw.
        strictSingleValueFields: false,
      },
      serve,
    );
    guard.attach(this.#https, door);
    this.#https.on("upgrade", upgrade);
    this.#handshakes.watch(this.#https);
    this.#https.on("session", (session) => this.#sessions.watch(session, settings.keepAlive));
    this.#httpsDoor = new Door(this.#https, false, protection);
  }

  async listen({ http, https }: Places): Promise<void> {
    await this.#httpDoor.listen(http);
    await this.#httpsDoor?.listen(https);
  }

  /** The ports that were bound, for configured ports of 0. */
  get ports(): { http: number; https: number | undefined } {
    return { http: this.#httpDoor.port, https: this.#httpsDoor?.port };
  }

  /** New handshakes are made with these certificates; connections that are open stay. */
  use(certificates: Certificates): void {
    this.#certificates = certificates;
    this.#secure();
  }

  /**
   * The keys that session tickets are sealed with, for all workers the same.
   * @param keys 48 bytes, as `tls.Server.setTicketKeys` takes them
   */
  useTicketKeys(keys: Buffer): void {
    this.#ticketKeys = keys;
    this.#secure();
  }

  metrics(): Metric[] {
    const doors = { http: this.#httpDoor, ...(this.#httpsDoor && { https: this.#httpsDoor }) };
    const perDoor = (figure: (door: Door) => number) =>
      Object.entries(doors).map(([door, at]) => ({ labels: { door }, value: figure(at) }));
    return [
      gauge(
        "web_connections",
        "Connections of clients that are open",
        perDoor(({ connections }) => connections),
      ),
      counter(
        "web_connections_total",
        "Connections of clients since the start",
        perDoor(({ accepted }) => accepted),
      ),
      ...this.#sessions.metrics(),
      ...this.#handshakes.metrics(),
      ...(this.#certificates?.metrics() ?? []),
    ];
  }

  /** Has HTTP/2's clients leave; those of HTTP/1.1 are told with their next answer. */
  announceEnd(): void {
    this.#sessions.announceEnd();
  }

  /** Accepts nothing more, closes what is idle; resolves when the last connection has ended. */
  async close(): Promise<void> {
    await Promise.all(this.#doors.map((door) => door.shut()));
    this.#sessions.end();
    while (this.#doors.some(({ connections }) => connections > 0)) {
      await pause(POLL);
      // Right after a poll for events: a request that has arrived is no longer idle.
      await new Promise(setImmediate);
      this.#http.closeIdleConnections();
      // HTTP/2's server has it too (Node 22.15), but not in the types yet.
      if (this.#https) Reflect.apply(this.#http.closeIdleConnections, this.#https, []);
    }
  }

  /** Breaks every connection that is left. */
  cut(): void {
    for (const door of this.#doors) door.cut();
  }

  get #doors(): Door[] {
    return this.#httpsDoor === undefined ? [this.#httpDoor] : [this.#httpDoor, this.#httpsDoor];
  }

  #secure(): void {
    if (this.#certificates === undefined) return;
    this.#https?.setSecureContext({
      ...TLS_POLICY,
      ...this.#certificates.first.credentials,
      ...(this.#ticketKeys && { ticketKeys: this.#ticketKeys }),
    });
  }
}

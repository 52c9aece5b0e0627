import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import type { Incoming, Outgoing, RequestGuard } from "@gatehouse/http";
import { counter, gauge, type Logger, type Metric } from "@gatehouse/telemetry";
import type { Upgrade } from "../exchange/exchange.ts";
import { type Ledger, REQUESTS_OF_CONNECTION } from "../limits/ledger.ts";
import { isWebSocketHandshake } from "../proxy/tunnel.ts";
import type { WebSettings } from "../settings.ts";
import { type Certificates, loadCertificates } from "../tls/certificates.ts";
import { TLS_POLICY } from "../tls/policy.ts";
import { Http2Sessions } from "./http2-sessions.ts";
import { Listener, type ListenOn } from "./listener.ts";

export interface RequestHandler {
  serve(request: Incoming, response: Outgoing): void;
  serveUpgrade(request: IncomingMessage, response: ServerResponse, upgrade: Upgrade): void;
}

export interface ListenAddresses {
  readonly http: ListenOn;
  readonly https: ListenOn;
}

/** How often a draining edge closes the connections that have become idle, in ms. */
const POLL = 20;
/** :method, :scheme, :authority, :path; RFC 9113, section 8.3.1. */
const PSEUDO_FIELDS = 4;

/** The servers of the edge: plain HTTP/1.1 on one port, HTTP/2 and HTTP/1.1 over TLS on the other. */
export class Listeners {
  readonly #http: Server;
  readonly #https: Http2SecureServer | undefined;
  readonly #listeners: { readonly http: Listener; readonly https?: Listener };
  readonly #sessions: Http2Sessions;
  readonly #handshakes = { byVersion: new Map<string, number>(), resumed: 0, failed: 0 };
  #certificates: Certificates | undefined;
  #ticketKeys: Buffer | undefined;

  /** @throws Error when a certificate or its key cannot be served. */
  constructor(
    settings: WebSettings,
    guard: RequestGuard,
    ledger: Ledger,
    handler: RequestHandler,
    logger: Logger,
  ) {
    this.#sessions = new Http2Sessions(settings.keepAlive);
    const serve = (request: Incoming, response: Outgoing) => handler.serve(request, response);
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      handler.serveUpgrade(request, responseOn(request, socket), { socket, head });
    const options = { ...guard.serverOptions, keepAliveTimeout: settings.keepAlive };
    this.#http = createServer(options, serve);
    this.#http.maxHeadersCount = 0;
    guard.attach(this.#http, isWebSocketHandshake);
    this.#http.on("upgrade", upgrade);
    const http = new Listener(this.#http, settings, ledger, logger);
    this.#listeners = { http };
    if (settings.https === "off") return;
    this.#certificates = loadCertificates(settings);
    this.#https = createSecureServer(
      {
        ...options,
        ...TLS_POLICY,
        ...this.#certificates.first.credentials,
        SNICallback: (name, found) => found(null, this.#certificates?.contextFor(name)),
        handshakeTimeout: settings.headersTimeout,
        allowHTTP1: true,
        maxHeaderListPairs: settings.limitRequestFields + PSEUDO_FIELDS,
        settings: { maxConcurrentStreams: REQUESTS_OF_CONNECTION },
        // A response may repeat such a field, as over HTTP/1.1: Node would throw.
        strictSingleValueFields: false,
      },
      serve,
    );
    guard.attach(this.#https, isWebSocketHandshake);
    this.#https.on("upgrade", upgrade);
    this.#https.on("session", (session) => this.#sessions.watch(session));
    this.#countHandshakes(this.#https);
    this.#listeners = { http, https: new Listener(this.#https, settings, ledger, logger) };
  }

  async listen({ http, https }: ListenAddresses): Promise<void> {
    await this.#listeners.http.listen(http);
    await this.#listeners.https?.listen(https);
  }

  get ports(): { http: number; https: number | undefined } {
    return { http: this.#listeners.http.port, https: this.#listeners.https?.port };
  }

  /** Makes new handshakes with these certificates; connections that are open stay. */
  use(certificates: Certificates): void {
    this.#certificates = certificates;
    this.#renewContext();
  }

  /** @param keys 48 bytes, as `tls.Server.setTicketKeys` takes them; the same for all workers */
  useTicketKeys(keys: Buffer): void {
    this.#ticketKeys = keys;
    this.#renewContext();
  }

  metrics(): Metric[] {
    const perListener = (figure: (listener: Listener) => number) =>
      Object.entries(this.#listeners).map(([door, listener]) => ({
        labels: { door },
        value: figure(listener),
      }));
    const open = perListener(({ connections }) => connections);
    const accepted = perListener((listener) => listener.accepted);
    const { byVersion, resumed, failed } = this.#handshakes;
    const versions = [...byVersion].map(([version, value]) => ({ labels: { version }, value }));
    return [
      gauge("web_connections", "Open connections of clients", open),
      counter("web_connections_total", "Connections of clients since the start", accepted),
      ...this.#sessions.metrics(),
      counter("web_tls_handshakes_total", "TLS handshakes by version of TLS", versions),
      counter("web_tls_resumptions_total", "TLS handshakes that resumed a session", resumed),
      counter("web_tls_failures_total", "TLS handshakes that failed", failed),
      ...(this.#certificates?.metrics() ?? []),
    ];
  }

  /** Has clients of HTTP/2 open no more streams; HTTP/1.1 has `Connection: close` for that. */
  announceEnd(): void {
    this.#sessions.announceEnd();
  }

  /** Accepts nothing more, closes what is idle; resolves when the last connection has ended. */
  async close(): Promise<void> {
    const listeners = Object.values(this.#listeners);
    await Promise.all(listeners.map((listener) => listener.close()));
    this.#sessions.end();
    while (listeners.some(({ connections }) => connections > 0)) {
      await pause(POLL);
      // Right after a poll for events: a request that has arrived is no longer idle.
      await new Promise(setImmediate);
      this.#http.closeIdleConnections();
      // HTTP/2's server has it too (Node 22.15), but not in the types yet.
      if (this.#https) Reflect.apply(this.#http.closeIdleConnections, this.#https, []);
    }
  }

  cut(): void {
    for (const listener of Object.values(this.#listeners)) listener.cut();
  }

  #countHandshakes(server: Http2SecureServer): void {
    const counts = this.#handshakes;
    server.on("secureConnection", (socket: TLSSocket) => {
      const version = socket.getProtocol() ?? "none";
      counts.byVersion.set(version, (counts.byVersion.get(version) ?? 0) + 1);
      if (socket.isSessionReused()) counts.resumed++;
    });
    server.on("tlsClientError", () => counts.failed++);
  }

  #renewContext(): void {
    if (this.#certificates === undefined) return;
    this.#https?.setSecureContext({
      ...TLS_POLICY,
      ...this.#certificates.first.credentials,
      ...(this.#ticketKeys && { ticketKeys: this.#ticketKeys }),
    });
  }
}

/**
 * A response on a connection that Node has handed over for an upgrade: the edge may still refuse it,
 * with the last response of the connection. It emits 'close' when the connection does.
 */
function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Node has taken its own listeners off; without one an error would end the process.
  socket.on("error", () => socket.destroy());
  // What a server hands over is a socket of node:net or node:tls.
  response.assignSocket(socket as Socket);
  response.once("finish", () => {
    response.detachSocket(socket as Socket);
    socket.once("close", () => response.emit("close"));
    if (response.statusCode !== 101) socket.end();
  });
  return response;
}

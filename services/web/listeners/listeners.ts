import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import {
  createServer as createTlsServer,
  type TLSSocket,
  type Server as TlsServer,
} from "node:tls";
import type { RequestGuard } from "@gatehouse/http";
import { counter, gauge, type Logger, type Metric } from "@gatehouse/telemetry";
import type { ClientRequest, ClientResponse } from "../exchange/http-versions.ts";
import type { Http1Handler } from "../http1/handler.ts";
import { Http1Server } from "../http1/server.ts";
import { Http2Sessions } from "../http2/sessions.ts";
import { beginSession } from "../http2/transport.ts";
import { type Ledger, REQUESTS_OF_CONNECTION } from "../limits/ledger.ts";
import type { WebSettings } from "../settings.ts";
import { type Certificates, loadCertificates } from "../tls/certificates.ts";
import { TLS_POLICY } from "../tls/policy.ts";
import { Handshakes } from "./handshakes.ts";
import { Listener, type ListenOn } from "./listener.ts";
import { carrySources } from "./proxy-protocol.ts";

export interface RequestHandler extends Http1Handler {
  serve(request: ClientRequest, response: ClientResponse): void;
  /** @param alone whether it waits even where no other client is there: one turn may be long */
  yields(socket: Socket, alone?: boolean): string | undefined;
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
  readonly #http1: Http1Server;
  readonly #tls: TlsServer | undefined;
  readonly #listeners: { readonly http: Listener; readonly https?: Listener };
  readonly #waiting: Handshakes | undefined;
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
    const http1 = new Http1Server(settings, handler);
    this.#http1 = http1;
    const http = new Listener((socket) => http1.accept(socket), false, settings, ledger, logger);
    this.#listeners = { http };
    if (settings.https === "off") return;
    this.#certificates = loadCertificates(settings);
    const http2 = this.#makeHttp2(settings, guard, handler);
    const tls = createTlsServer({
      ...TLS_POLICY,
      ...this.#certificates.first.credentials,
      ALPNProtocols: ["h2", "http/1.1"],
      SNICallback: (name, found) => found(null, this.#certificates?.contextFor(name)),
      handshakeTimeout: settings.headersTimeout,
    });
    carrySources(tls);
    tls.on("secureConnection", (socket) => {
      if (socket.alpnProtocol === "h2") {
        beginSession(http2, socket, {
          yields: () => handler.yields(socket, true),
          clientOf: () => handler.clientOf(socket),
        });
      } else http1.accept(socket);
    });
    this.#countHandshakes(tls);
    this.#tls = tls;
    const begin = (socket: Socket) => void tls.emit("connection", socket);
    const waiting = new Handshakes(settings.headersTimeout, begin);
    this.#waiting = waiting;
    const encrypted = (socket: Socket) => waiting.take(socket, handler.clientOf(socket));
    this.#listeners = { http, https: new Listener(encrypted, true, settings, ledger, logger) };
  }

  #makeHttp2(settings: WebSettings, guard: RequestGuard, handler: RequestHandler): Http2Server {
    const server = createHttp2Server(
      {
        ...guard.serverOptions,
        maxHeaderListPairs: settings.limitRequestFields + PSEUDO_FIELDS,
        settings: { maxConcurrentStreams: REQUESTS_OF_CONNECTION },
        // A response may repeat such a field, as over HTTP/1.1: Node would throw.
        strictSingleValueFields: false,
      },
      (request, response) => {
        // A stream that its client has reset already has none.
        if (request.stream.session !== undefined) handler.serve(request, response);
      },
    );
    guard.attach(server, () => false);
    server.on("session", (session) => this.#sessions.watch(session));
    return server;
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
      Object.entries(this.#listeners).map(([name, listener]) => ({
        labels: { listener: name },
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
      gauge("web_tls_waiting", "Connections whose TLS has not begun", this.#waiting?.waiting ?? 0),
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
    this.#waiting?.drain();
    while (listeners.some(({ connections }) => connections > 0)) {
      await pause(POLL);
      // Right after a poll for events: a request that has arrived is no longer idle.
      await new Promise(setImmediate);
      this.#http1.closeIdle();
      this.#sessions.close();
    }
    this.#http1.close();
  }

  cut(): void {
    for (const listener of Object.values(this.#listeners)) listener.cut();
  }

  #countHandshakes(server: TlsServer): void {
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
    this.#tls?.setSecureContext({
      ...TLS_POLICY,
      ...this.#certificates.first.credentials,
      ...(this.#ticketKeys && { ticketKeys: this.#ticketKeys }),
    });
  }
}

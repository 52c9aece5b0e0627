import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { RequestGuard } from "@gatehouse/http";
import type { Incoming, Outgoing } from "../exchange/exchange.ts";
import type { WebSettings } from "../settings.ts";

type Serve = (request: Incoming, response: Outgoing) => void;

const CONCURRENT_STREAMS = 128;

/** The edge asks for bodies itself, and hands no connection over. */
const NO_UPGRADES = { takesUpgrade: () => false, continues: true };

/** The sockets of the edge: HTTP/1.1 on one port, HTTP/2 and HTTP/1.1 over TLS on the other. */
export class Listeners {
  readonly #http: Server;
  readonly #https: Http2SecureServer | undefined;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #settings: WebSettings;

  /** @throws when the certificate or its key cannot be read. */
  constructor(settings: WebSettings, guard: RequestGuard, serve: Serve) {
    this.#settings = settings;
    const http1 = { ...guard.serverOptions, keepAliveTimeout: settings.keepAlive };
    this.#http = createServer(http1, serve);
    this.#http.maxHeadersCount = 0;
    guard.attach(this.#http, NO_UPGRADES);
    if (settings.https === "off") return;
    this.#https = createSecureServer(
      {
        ...http1,
        allowHTTP1: true,
        minVersion: "TLSv1.2",
        cert: readFileSync(settings.tlsCertificate),
        key: readFileSync(settings.tlsKey),
        maxHeaderListPairs: settings.limitRequestFields + PSEUDO_FIELDS,
        settings: { maxConcurrentStreams: CONCURRENT_STREAMS },
      },
      serve,
    );
    guard.attach(this.#https, NO_UPGRADES);
    this.#https.on("session", (session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
    });
  }

  async listen(): Promise<void> {
    const { host, httpPort, httpsPort } = this.#settings;
    await listen(this.#http, host, httpPort);
    if (this.#https !== undefined) await listen(this.#https, host, httpsPort);
  }

  /** The ports that were bound, for configured ports of 0. */
  get ports(): { http: number; https: number | undefined } {
    return { http: portOf(this.#http), https: this.#https && portOf(this.#https) };
  }

  /** Node closes what is idle as a server stops, but not what becomes idle afterwards. */
  closeIdle(): void {
    this.#http.closeIdleConnections();
  }

  /** Accepts nothing more; resolves when the last answer has been sent. */
  async close(): Promise<void> {
    for (const session of this.#sessions) session.close();
    await Promise.all([closed(this.#http), this.#https && closed(this.#https)]);
  }
}

/** :method, :scheme, :authority, :path; RFC 9113, section 8.3.1. */
const PSEUDO_FIELDS = 4;

async function listen(server: Server | Http2SecureServer, host: string, port: number) {
  await new Promise<void>((listening, failed) => {
    // With reusePort a new edge can start beside this one before this one leaves.
    server.once("error", failed).listen({ host, port, reusePort: true, backlog: 2048 }, listening);
  });
}

function portOf(server: Server | Http2SecureServer): number {
  return (server.address() as AddressInfo | null)?.port ?? 0;
}

function closed(server: Server | Http2SecureServer): Promise<void> {
  return new Promise((done) => server.close(() => done()));
}

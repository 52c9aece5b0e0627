import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { TrustedPeers } from "@gatehouse/http";
import type { Logger } from "@gatehouse/telemetry";
import type { Ledger } from "../limits/ledger.ts";
import type { WebSettings } from "../settings.ts";
import { PROBE, readPeer } from "./proxy-protocol.ts";

/** Where to listen: on an address of one's own, or on copies of a socket that the primary holds. */
export type ListenOn =
  | { readonly host: string; readonly port: number; readonly reusePort: true }
  | { readonly descriptors: readonly number[] };

const BACKLOG = 2048;
/** Bytes that may wait for a client; more would only be kept for those who do not read. */
const WAITING = 16 * 1024;
/** Milliseconds of silence before TCP's keep-alive asks whether the client is still there. */
const KEEP_ALIVE_DELAY = 60_000;

/** One port of the edge: accepts connections, and gives them away once their client is known. */
export class Listener {
  readonly #serve: (socket: Socket) => void;
  readonly #servers: Server[] = [];
  readonly #newServer: () => Server;
  readonly #encrypted: boolean;
  readonly #ledger: Ledger;
  readonly #logger: Logger;
  readonly #proxies: TrustedPeers;
  readonly #headersTimeout: number;
  readonly #open = new Set<Socket>();
  accepted = 0;

  /** @param encrypted whether TLS begins on the connections */
  constructor(
    serve: (socket: Socket) => void,
    encrypted: boolean,
    settings: WebSettings,
    ledger: Ledger,
    logger: Logger,
  ) {
    this.#serve = serve;
    this.#encrypted = encrypted;
    this.#ledger = ledger;
    this.#logger = logger;
    this.#proxies = new TrustedPeers(settings.proxyProtocol);
    this.#headersTimeout = settings.headersTimeout;
    // Node's HTTP/2 server does not cope with clients that end only their side.
    const options = {
      noDelay: true,
      allowHalfOpen: !this.#encrypted,
      highWaterMark: WAITING,
      // A client that vanished sends no end: its system is asked now and then.
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY,
    };
    this.#newServer = () => createServer(options, (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#servers[0]?.address() as AddressInfo | null)?.port ?? 0;
  }

  get connections(): number {
    return this.#open.size;
  }

  /** @throws the listening error, such as EADDRINUSE. */
  async listen(on: ListenOn): Promise<void> {
    const places = "descriptors" in on ? on.descriptors.map((fd) => ({ fd })) : [on];
    const listen = (place: object) => {
      const server = this.#newServer();
      this.#servers.push(server);
      return new Promise<void>((listening, failed) => {
        server.once("error", failed).listen({ ...place, backlog: BACKLOG }, listening);
      });
    };
    await Promise.all(places.map(listen));
  }

  /** Accepts nothing more, once the kernel's queue of connections is accepted. */
  async close(): Promise<void> {
    // libuv accepts one connection of each server in a poll.
    for (let left = BACKLOG; left > 0; left--) {
      const before = this.accepted;
      await new Promise((polled) => setImmediate(() => setImmediate(polled)));
      if (this.accepted === before) break;
    }
    for (const server of this.#servers) server.close();
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.accepted++;
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    const proxied = this.#proxies.trusts(socket.remoteAddress);
    if (!this.#ledger.admit(socket, this.#encrypted, !proxied)) return;
    if (proxied) this.#readProxyHeader(socket);
    else this.#begin(socket);
  }

  #readProxyHeader(socket: Socket): void {
    const proxy = socket.remoteAddress;
    readPeer(socket, this.#headersTimeout, (error) => {
      if (error === undefined) {
        this.#begin(socket);
        return;
      }
      socket.destroy();
      if (error.message === PROBE) return;
      this.#logger.warn("PROXY header refused", { proxy, reason: error.message });
    });
  }

  #begin(socket: Socket): void {
    if (this.#ledger.admitClient(socket, this.#encrypted)) this.#serve(socket);
  }
}

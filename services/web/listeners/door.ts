import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Protection } from "../limits/protection.ts";
import { carrySources } from "./proxied-peer.ts";

/** Where to listen: on an address of one's own, or on a socket that the primary holds. */
export type Place =
  | { readonly host: string; readonly port: number; readonly reusePort: true }
  | { readonly fd: number };

const BACKLOG = 2048;
/** Bytes that may wait for a client; more would only be kept for those who do not read. */
const WAITING = 16 * 1024;

/** One port of the edge: accepts connections and hands them to the server behind it. */
export class Door {
  readonly #server: HttpServer | Http2SecureServer;
  readonly #listener: Server;
  readonly #encrypted: boolean;
  readonly #protection: Protection;
  readonly #open = new Set<Socket>();
  #accepted = 0;

  /** @param halfOpen whether the server behind it copes with clients that only end their side */
  constructor(server: HttpServer | Http2SecureServer, halfOpen: boolean, protection: Protection) {
    this.#server = server;
    this.#encrypted = "setSecureContext" in server;
    this.#protection = protection;
    if (this.#encrypted) carrySources(server);
    const options = { noDelay: true, allowHalfOpen: halfOpen, highWaterMark: WAITING };
    this.#listener = createServer(options, (socket) => this.#enter(socket));
  }

  /** The port that was bound, for a configured port of 0. */
  get port(): number {
    return (this.#listener.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#open.size;
  }

  /** Connections since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** @throws the listening error, such as EADDRINUSE. */
  async listen(place: Place): Promise<void> {
    // Node keeps its list of connections, by which it finds the idle and the slow ones, only once
    // the server itself listens; here the door does that for it.
    this.#server.emit("listening");
    await new Promise<void>((listening, failed) => {
      this.#listener.once("error", failed).listen({ ...place, backlog: BACKLOG }, listening);
    });
  }

  /** Accepts nothing more, once what the kernel has queued is accepted. */
  async shut(): Promise<void> {
    // libuv accepts one connection a poll.
    for (let left = BACKLOG; left > 0; left--) {
      const before = this.#accepted;
      await new Promise((polled) => setImmediate(() => setImmediate(polled)));
      if (this.#accepted === before) break;
    }
    this.#listener.close();
  }

  /** Breaks what is still open. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #enter(socket: Socket): void {
    this.#accepted++;
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    const enter = () => this.#server.emit("connection", socket);
    this.#protection.meet(socket, this.#encrypted, enter);
  }
}

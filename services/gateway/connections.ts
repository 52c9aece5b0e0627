import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

/** A WebSocket close frame with the code 1001, "going away" (RFC 6455, 5.5.1 and 7.4.1). */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9]);
/** How long a client of a WebSocket has to answer the close, in ms. */
const CLOSE_HANDSHAKE = 2000;
const POLL = 20;

/** The open connections of one worker, and how they are brought to an end. */
export class Connections {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #upgraded = new Set<Duplex>();
  #idleUntil = Number.POSITIVE_INFINITY;
  #emptied: Promise<void> | undefined;

  constructor(server: Server) {
    this.#server = server;
    // Node keeps its list of connections, by which it finds the idle and the slow ones, only once
    // a server listens; here the primary does that.
    server.emit("listening");
    server.on("connection", (socket) => {
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
    });
  }

  /** The connection is a WebSocket from now on. */
  upgraded(socket: Duplex): void {
    this.#upgraded.add(socket);
    socket.once("close", () => this.#upgraded.delete(socket));
  }

  get count(): number {
    return this.#open.size;
  }

  /**
   * Tells WebSockets to go, closes what is idle after `linger` ms, and resolves when the last
   * connection has ended. A second call may only shorten the time.
   */
  async end(linger: number): Promise<void> {
    this.#idleUntil = Math.min(this.#idleUntil, performance.now() + linger);
    this.#emptied ??= this.#empty();
    await this.#emptied;
  }

  async #empty(): Promise<void> {
    for (const socket of this.#upgraded) {
      socket.write(GOING_AWAY);
      setTimeout(() => socket.destroy(), CLOSE_HANDSHAKE).unref();
    }
    while (this.#open.size > 0) {
      await pause(POLL);
      // Right after a poll for events: whatever request had arrived is no longer idle.
      await new Promise(setImmediate);
      if (performance.now() >= this.#idleUntil) this.#server.closeIdleConnections();
    }
  }
}

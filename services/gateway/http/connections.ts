import type { Server } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const POLL = 20;

/** The open connections of one worker, and how they are brought to an end. */
export class Connections {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
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

  get count(): number {
    return this.#open.size;
  }

  /**
   * Closes what is idle after `linger` ms, and resolves when the last
   * connection has ended. A second call may only shorten the time.
   */
  async end(linger: number): Promise<void> {
    this.#idleUntil = Math.min(this.#idleUntil, performance.now() + linger);
    this.#emptied ??= this.#empty();
    await this.#emptied;
  }

  async #empty(): Promise<void> {
    while (this.#open.size > 0) {
      await pause(POLL);
      // Right after a poll for events: whatever request had arrived is no longer idle.
      await new Promise(setImmediate);
      if (performance.now() >= this.#idleUntil) this.#server.closeIdleConnections();
    }
  }
}

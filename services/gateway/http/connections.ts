import type { Server } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";

const POLL = 20;
const LONGEST_SWEEP = 1000;

/** What was known of a connection when it was looked at last. */
interface Look {
  bytesRead: number;
  /** When it was first seen with these bytes and no request. */
  idleSince: number;
}

/**
 * The open connections of one worker, and how they are brought to an end. Idle ones are looked for
 * now and then, since Node's own timeout sets two timers for every request.
 */
export class Connections {
  readonly #server: Server;
  readonly #keepAlive: number;
  readonly #open = new Map<Socket, Look>();
  #idleUntil = Number.POSITIVE_INFINITY;
  #emptied: Promise<void> | undefined;

  /** @param keepAlive milliseconds that an idle connection stays, a sweep more or less. */
  constructor(server: Server, keepAlive: number) {
    this.#server = server;
    this.#keepAlive = keepAlive;
    server.keepAliveTimeout = 0;
    // Node keeps its list of connections, by which it finds the idle and the slow ones, only once
    // a server listens; here the primary does that.
    server.emit("listening");
    server.on("connection", (socket) => {
      this.#open.set(socket, { bytesRead: 0, idleSince: performance.now() });
      socket.once("close", () => this.#open.delete(socket));
    });
    const interval = Math.min(LONGEST_SWEEP, keepAlive / 4);
    // Right after a poll for events: whatever request had arrived is no longer idle.
    setInterval(() => setImmediate(() => this.#sweep()), interval).unref();
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

  #sweep(): void {
    const now = performance.now();
    for (const [socket, look] of this.#open) {
      if (isBusy(socket) || socket.bytesRead !== look.bytesRead) {
        look.bytesRead = socket.bytesRead;
        look.idleSince = now;
      } else if (now - look.idleSince >= this.#keepAlive) socket.destroy();
    }
  }

  async #empty(): Promise<void> {
    while (this.#open.size > 0) {
      await pause(POLL);
      await new Promise(setImmediate);
      if (performance.now() >= this.#idleUntil) this.#server.closeIdleConnections();
    }
  }
}

/** Whether a request is being answered, or an application has taken the connection over. */
function isBusy(socket: Socket): boolean {
  // Node tells of both nowhere else: an upgraded connection has lost its parser.
  return Boolean(Reflect.get(socket, "_httpMessage")) || !Reflect.get(socket, "parser");
}

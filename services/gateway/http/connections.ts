import type { Server } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { Rounds } from "@gatehouse/processes";

/** Milliseconds. */
const END_INTERVAL = 20;
const LONGEST_CHECK_INTERVAL = 1000;

interface Checked {
  bytesRead: number;
  /** When the connection was first found with these bytes and no request. */
  idleSince: number;
}

/** The open connections of one worker. Node's own idle timeout would set two timers a request. */
export class Connections {
  readonly #server: Server;
  readonly #keepAlive: number;
  readonly #open = new Map<Socket, Checked>();
  #idleUntil = Number.POSITIVE_INFINITY;
  #emptied: Promise<void> | undefined;

  /** @param keepAlive milliseconds that an idle connection stays, one check more or less. */
  constructor(server: Server, keepAlive: number) {
    this.#server = server;
    this.#keepAlive = keepAlive;
    server.keepAliveTimeout = 0;
    // Node keeps its list of connections, by which it finds the idle and the slow ones, only once
    // a server listens; here the primary does that.
    server.emit("listening");
    const interval = Math.min(LONGEST_CHECK_INTERVAL, keepAlive / 4);
    // Right after a poll for events: a connection whose request has arrived is no longer idle.
    const rounds = new Rounds(interval, () => {
      setImmediate(() => this.#closeIdle());
      return this.#open.size > 0;
    });
    server.on("connection", (socket) => {
      rounds.begin();
      this.#open.set(socket, { bytesRead: 0, idleSince: performance.now() });
      socket.once("close", () => this.#open.delete(socket));
    });
  }

  get count(): number {
    return this.#open.size;
  }

  /** Closes what is idle after `linger` ms; resolves when all have ended. Again: a shorter time. */
  async end(linger: number): Promise<void> {
    this.#idleUntil = Math.min(this.#idleUntil, performance.now() + linger);
    this.#emptied ??= this.#empty();
    await this.#emptied;
  }

  #closeIdle(): void {
    const now = performance.now();
    for (const [socket, checked] of this.#open) {
      if (isBusy(socket) || socket.bytesRead !== checked.bytesRead) {
        checked.bytesRead = socket.bytesRead;
        checked.idleSince = now;
      } else if (now - checked.idleSince >= this.#keepAlive) socket.destroy();
    }
  }

  async #empty(): Promise<void> {
    while (this.#open.size > 0) {
      await pause(END_INTERVAL);
      await new Promise(setImmediate);
      if (performance.now() >= this.#idleUntil) this.#server.closeIdleConnections();
    }
  }
}

/** Whether a response is due, or an application has taken the connection over. */
export function isBusy(socket: Socket): boolean {
  // Node shows both nowhere else: an upgraded connection has lost its parser.
  return Boolean(Reflect.get(socket, "_httpMessage")) || !Reflect.get(socket, "parser");
}

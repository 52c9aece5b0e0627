import type { Socket } from "node:net";
import type { RequestLimits } from "@gatehouse/http";
import { Rounds } from "@gatehouse/processes";
import { Http1Connection } from "./connection.ts";
import type { ConnectionSettings, Http1Handler } from "./handler.ts";

const LONGEST_INTERVAL = 1000;

/** The HTTP/1.1 server of the edge: all connections of one worker, plain or within TLS. */
export class Http1Server {
  readonly #settings: ConnectionSettings;
  readonly #handler: Http1Handler;
  readonly #open = new Set<Http1Connection>();
  readonly #rounds: Rounds;

  constructor(limits: RequestLimits & { readonly keepAlive: number }, handler: Http1Handler) {
    const { limitRequestLine, limitRequestField, headersTimeout, keepAlive } = limits;
    // More than the rules allow, so that they decide.
    this.#settings = { ...limits, longestHead: limitRequestLine + 4 * limitRequestField };
    this.#handler = handler;
    const interval = Math.min(LONGEST_INTERVAL, headersTimeout / 4, keepAlive / 4);
    // Right after a poll for events: what has arrived in time is not late.
    this.#rounds = new Rounds(interval, () => {
      setImmediate(() => this.#expire());
      return this.#open.size > 0;
    });
  }

  accept(socket: Socket): void {
    const connection = new Http1Connection(socket, this.#settings, this.#handler);
    this.#open.add(connection);
    this.#rounds.begin();
    socket.once("close", () => this.#open.delete(connection));
  }

  /** Closes the connections that have no request. */
  closeIdle(): void {
    for (const connection of this.#open) connection.closeIfIdle();
  }

  close(): void {
    this.#rounds.close();
  }

  #expire(): void {
    const now = performance.now();
    for (const connection of this.#open) if (connection.deadline <= now) connection.expire();
  }
}

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** How long a side may take to close, in milliseconds. */
const CLOSE_TIMEOUT = 2000;

/** A client's connection and a replica's that carry one WebSocket. */
export class Tunnel {
  readonly #client: Duplex;
  readonly #upstream: Socket;

  /**
   * @param idle milliseconds of silence in both directions after which the tunnel ends
   * @param closed is called once both sides are closed
   */
  constructor(client: Duplex, upstream: Socket, idle: number, closed: () => void) {
    this.#client = client;
    this.#upstream = upstream;
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => {
        if (other.destroyed) closed();
        // What was received before may still be sent to the other side.
        else if (one.errored === null) close(other);
      });
    }
    // Every byte of either direction passes this socket.
    upstream.setTimeout(idle, () => this.end());
    if (client.destroyed) upstream.destroy();
  }

  /** Sends what each side receives to the other, and the end of one direction without the other's. */
  start(): void {
    this.#client.pipe(this.#upstream);
    this.#upstream.pipe(this.#client);
  }

  end(): void {
    close(this.#client);
    close(this.#upstream);
  }
}

function close(side: Duplex): void {
  side.end();
  const timer = setTimeout(() => side.destroy(), CLOSE_TIMEOUT);
  side.once("close", () => clearTimeout(timer));
}

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Two connections that are one: what comes from either side goes to the other, ends included. */
export class Tunnel {
  readonly #client: Duplex;
  readonly #upstream: Socket;

  /**
   * @param idle milliseconds of silence in both directions after which the tunnel ends
   * @param closed is told once both sides have gone
   */
  constructor(client: Duplex, upstream: Socket, idle: number, closed: () => void) {
    this.#client = client;
    this.#upstream = upstream;
    // A pipe waits for a slow reader, and hands on the end of one direction while the other goes on.
    client.pipe(upstream);
    upstream.pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => {
        if (other.destroyed) closed();
        // What is still on its way to the other side may arrive.
        else if (one.errored === null) leave(other);
      });
    }
    // Every byte of either direction passes this socket.
    upstream.setTimeout(idle, () => this.end());
  }

  /** Tells both sides that it is over. */
  end(): void {
    leave(this.#client);
    leave(this.#upstream);
  }
}

/** How long a side may take to say goodbye, in milliseconds. */
const FAREWELL = 2000;

function leave(side: Duplex): void {
  side.end();
  const cut = setTimeout(() => side.destroy(), FAREWELL);
  side.once("close", () => clearTimeout(cut));
}

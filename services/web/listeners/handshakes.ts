import type { Socket } from "node:net";
import { FairQueue } from "../limits/fair-queue.ts";
import { spareTime } from "../limits/spare-time.ts";

/** Milliseconds that a draining edge waits for it, as for the first request of a connection without TLS. */
const FIRST_HELLO = 250;

interface Waiting {
  readonly client: string;
  readonly connection: Socket;
  /** It waits no longer. */
  readonly stop: () => void;
}

/**
 * The connections whose TLS has not begun. A handshake costs the edge about a millisecond, and its client
 * next to nothing: so each begins only once its ClientHello is there, and then in the spare time of a turn
 * of the event loop, client by client. However many arrive at once, the requests of others are served in
 * between, and a client who begins one does not wait for those who begin a thousand. What waits here
 * counts as a connection of its client, and has a deadline.
 */
export class Handshakes {
  #timeout: number;
  readonly #begin: (socket: Socket) => void;
  readonly #silent = new Set<Waiting>();
  readonly #due = new FairQueue<Waiting>();

  /**
   * @param timeout milliseconds that a connection may wait here
   * @param begin takes a connection that has received something
   */
  constructor(timeout: number, begin: (socket: Socket) => void) {
    this.#timeout = timeout;
    this.#begin = begin;
  }

  /** Connections that have sent nothing, and those whose turn has not come. */
  get waiting(): number {
    return this.#silent.size + this.#due.size;
  }

  /** @param client whose turn it is; "" for all connections of a proxy that carries those of many */
  take(socket: Socket, client: string): void {
    const late = setTimeout(() => socket.destroy(), this.#timeout);
    const stop = () => {
      clearTimeout(late);
      this.#silent.delete(waiting);
      this.#due.delete(waiting);
      socket.off("close", stop).off("error", ignore).off("readable", arrived);
    };
    const arrived = () => {
      this.#silent.delete(waiting);
      // The end is readable too.
      if (socket.readableLength === 0) {
        socket.destroy();
        return;
      }
      this.#due.add(waiting);
      spareTime.later(() => this.#beginNext());
    };
    const waiting = { client, connection: socket, stop };
    this.#silent.add(waiting);
    socket.once("close", stop).on("error", ignore).once("readable", arrived);
  }

  /** The edge drains: a connection that has sent nothing has a moment for its ClientHello. */
  drain(): void {
    this.#timeout = FIRST_HELLO;
    const silent = [...this.#silent];
    setTimeout(() => {
      for (const one of silent) if (this.#silent.has(one)) one.connection.destroy();
    }, FIRST_HELLO);
  }

  #beginNext(): void {
    const next = this.#due.take();
    if (next === undefined) return;
    const { connection, stop } = next;
    stop();
    // It may have lost its place, and be about to close.
    if (!connection.destroyed) this.#begin(connection);
  }
}

function ignore(): void {}

import type { Socket } from "node:net";
import { type Cancel, spareTime } from "../limits/spare-time.ts";

/** Milliseconds that a draining edge waits for it, as for the first request of a connection without TLS. */
const FIRST_HELLO = 250;

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
  readonly #waiting = new Set<Socket>();
  /** Those of them that have sent nothing. */
  readonly #silent = new Set<Socket>();

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
    return this.#waiting.size;
  }

  /** @param client whose turn it is; undefined for a proxy's connection, which is that of many clients */
  take(socket: Socket, client: string | undefined): void {
    let cancel: Cancel | undefined;
    const late = setTimeout(() => socket.destroy(), this.#timeout);
    const stop = () => {
      clearTimeout(late);
      cancel?.();
      this.#silent.delete(socket);
      this.#waiting.delete(socket);
      socket.off("close", stop).off("error", ignore).off("readable", arrived);
    };
    const begin = () => {
      stop();
      // Its 'close' may not be emitted yet.
      if (!socket.destroyed) this.#begin(socket);
    };
    const arrived = () => {
      this.#silent.delete(socket);
      // The end is readable too.
      if (socket.readableLength === 0) socket.destroy();
      else cancel = spareTime.later(begin, client);
    };
    this.#waiting.add(socket);
    this.#silent.add(socket);
    socket.once("close", stop).on("error", ignore).once("readable", arrived);
  }

  /** The edge drains: a connection that has sent nothing has a moment for its ClientHello. */
  drain(): void {
    this.#timeout = FIRST_HELLO;
    const silent = [...this.#silent];
    setTimeout(() => {
      for (const socket of silent) if (this.#silent.has(socket)) socket.destroy();
    }, FIRST_HELLO);
  }
}

function ignore(): void {}

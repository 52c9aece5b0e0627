import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Bytes that Node keeps for a piece that waits, however short it is, such as a pong. */
const PIECE = 512;
/** Bytes that may wait while more is still read from the client. */
const PAUSE = 64 * 1024;

/**
 * What waits to be sent on the connections that applications took over: messages, and the pongs that a
 * client's pings cause. A client that does not read is not read from either. Above a bound for each
 * connection, or one for all, connections are cut, the fullest first.
 */
export class Backlog {
  readonly #most: number;
  readonly #mostOfAll: number;
  readonly #cut: (socket: Duplex, bytes: number) => void;
  readonly #waiting = new Map<Socket, { pieces: number; bytes: number }>();
  #bytes = 0;

  /**
   * @param most bytes that may wait on one connection; a single message may be larger
   * @param mostOfAll bytes that may wait on all of them
   * @param cut is called after a connection was destroyed
   */
  constructor(most: number, mostOfAll: number, cut: (socket: Duplex, bytes: number) => void) {
    this.#most = most;
    this.#mostOfAll = mostOfAll;
    this.#cut = cut;
  }

  /** Bytes that wait on all connections. */
  get bytes(): number {
    this.#recount();
    return this.#bytes;
  }

  watch(socket: Duplex): void {
    if (!(socket instanceof Socket)) return;
    const counted = (write: Socket["write"], _: unknown, piece: Parameters<Socket["write"]>) => {
      const before = this.#count(socket, 0);
      const more = Reflect.apply(write, socket, piece);
      const waiting = this.#count(socket, 1);
      if (waiting > PAUSE && !socket.isPaused()) {
        // Called once all that was written before has been sent.
        Reflect.apply(write, socket.pause(), ["", () => socket.resume()]);
      }
      if (before > this.#most) this.#destroy(socket, waiting);
      else if (this.#bytes > this.#mostOfAll) this.#cutFullest();
      return more;
    };
    socket.write = new Proxy(socket.write, { apply: counted });
    socket.once("close", () => this.#forget(socket));
  }

  /** Counts what waits on a connection now, and so many pieces more. @returns bytes */
  #count(socket: Socket, more: number): number {
    const { writableLength } = socket;
    if (writableLength === 0 || socket.destroyed) {
      this.#forget(socket);
      return 0;
    }
    const known = this.#waiting.get(socket);
    const pieces = (known?.pieces ?? 0) + more;
    const bytes = writableLength + pieces * PIECE;
    this.#bytes += bytes - (known?.bytes ?? 0);
    this.#waiting.set(socket, { pieces, bytes });
    return bytes;
  }

  #forget(socket: Socket): void {
    this.#bytes -= this.#waiting.get(socket)?.bytes ?? 0;
    this.#waiting.delete(socket);
  }

  #cutFullest(): void {
    this.#recount();
    while (this.#bytes > this.#mostOfAll) {
      let fullest: Socket | undefined;
      let most = 0;
      for (const [socket, { bytes }] of this.#waiting) {
        if (bytes <= most) continue;
        most = bytes;
        fullest = socket;
      }
      if (fullest === undefined) return;
      this.#destroy(fullest, most);
    }
  }

  /** Some of it may have been sent since it was counted. */
  #recount(): void {
    for (const socket of this.#waiting.keys()) this.#count(socket, 0);
  }

  #destroy(socket: Socket, bytes: number): void {
    this.#forget(socket);
    if (socket.destroyed) return;
    socket.destroy();
    this.#cut(socket, bytes);
  }
}

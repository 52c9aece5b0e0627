import type { Http2Server, Http2Session } from "node:http2";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { spareTime } from "../limits/spare-time.ts";
import { FrameReader, HEADERS } from "./frame-reader.ts";

/** Frames that are passed on at once. */
const FREE_FRAMES = 64;

const NO_BYTES = Buffer.alloc(0);

const sockets = new WeakMap<Http2Session, TLSSocket>();

/** The connection of a session. @throws Error for one that has been destroyed */
export function socketOf(session: Http2Session | undefined): TLSSocket {
  const socket = session && sockets.get(session);
  if (socket === undefined) throw new Error("the session has no connection");
  return socket;
}

/**
 * Begins a session of HTTP/2.
 * @param yields whether the request that begins waits for those of other clients
 */
export function beginSession(server: Http2Server, socket: TLSSocket, yields: () => boolean): void {
  const began = (session: Http2Session) => void sockets.set(session, socket);
  server.prependOnceListener("session", began);
  server.emit("connection", new Transport(socket, yields));
  server.off("session", began);
}

/**
 * What is between TLS and Node's HTTP/2, which by itself takes in all that a client has sent before others
 * have their turn: a thousand requests fit in one read. Here the requests of a client that begins many
 * wait for spare time, one by one, and so do frames of which there are many. Nothing more is read meanwhile.
 */
class Transport extends Duplex {
  readonly #socket: TLSSocket;
  readonly #yields: () => boolean;
  readonly #frames = new FrameReader();
  #received: Buffer = NO_BYTES;
  /** How much of what was received was passed on. */
  #passed = 0;
  #waits = false;
  #ended = false;

  constructor(socket: TLSSocket, yields: () => boolean) {
    super();
    this.#socket = socket;
    this.#yields = yields;
    socket
      .on("data", (bytes: Buffer) => {
        this.#received = bytes;
        this.#passed = 0;
        this.#pass();
      })
      .on("end", () => {
        this.#ended = true;
        if (!this.#waits) this.push(null);
      })
      // 'close' follows.
      .on("error", () => undefined)
      .once("close", () => this.destroy());
  }

  override _read(): void {
    if (!this.#waits) this.#socket.resume();
  }

  override _write(bytes: Buffer, _: string, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done);
  }

  override _writev(pieces: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    const last = pieces.pop();
    this.#socket.cork();
    for (const { chunk } of pieces) this.#socket.write(chunk);
    if (last === undefined) done();
    else this.#socket.write(last.chunk, done);
    this.#socket.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  /** Passes on what was received, up to a frame that has to wait. */
  #pass(): void {
    const from = this.#passed;
    this.#waits = this.#findWaiting();
    const piece = this.#received.subarray(from, this.#passed);
    const reads = piece.length === 0 || this.push(piece);
    if (this.#waits) {
      this.#socket.pause();
      spareTime.later(() => {
        if (!this.destroyed) this.#pass();
      });
      return;
    }
    this.#received = NO_BYTES;
    if (this.#ended) this.push(null);
    else if (reads) this.#socket.resume();
    else this.#socket.pause();
  }

  /** Goes to the next frame that has to wait, or to the end. @returns whether there is one */
  #findWaiting(): boolean {
    for (let frames = 0; ; frames++) {
      const payload = this.#frames.next(this.#received, this.#passed);
      this.#passed = payload < 0 ? this.#received.length : payload;
      if (payload < 0) return false;
      if (frames === FREE_FRAMES || (this.#frames.type === HEADERS && this.#yields())) return true;
    }
  }
}

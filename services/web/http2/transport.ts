import { constants, type Http2Server, type Http2Session } from "node:http2";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type Cancel, spareTime } from "../limits/spare-time.ts";
import { FrameReader, GOAWAY, HEADERS, PREFACE_LENGTH } from "./frame-reader.ts";

/** RFC 9113, section 6.8: "a GOAWAY frame with the last stream identifier set to 2^31-1". */
export const ANY_STREAM = 2 ** 31 - 1;

/** A GOAWAY for any last stream, and where its code is. */
const FINAL = Buffer.from([0, 0, 8, GOAWAY, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
const CODE_AT = 13;

/** Milliseconds that the client of a session which was ended has to read why. */
const LINGER = 250;

/** Frames that are passed on at once, before one that waits. */
const FREE_FRAMES = 64;

const NO_BYTES = Buffer.alloc(0);

const sockets = new WeakMap<Http2Session, TLSSocket>();
const transports = new WeakMap<Http2Session, Transport>();

/** The connection of a session. @throws Error for one that has been destroyed */
export function socketOf(session: Http2Session | undefined): TLSSocket {
  const socket = session && sockets.get(session);
  if (socket === undefined) throw new Error("the session has no connection");
  return socket;
}

/** Whether requests of a session wait for spare time. */
export function hasWaiting(session: Http2Session): boolean {
  return transports.get(session)?.waits ?? false;
}

/** Ends a session at once, with a GOAWAY for its client. @param code of RFC 9113, section 7 */
export function endSession(session: Http2Session, code: number): void {
  const transport = transports.get(session);
  if (transport !== undefined) transport.code = code;
  session.goaway(code);
  session.destroy();
}

/** The client of a session. */
export interface SessionClient {
  /** Whether the request that begins waits for those of other clients. @returns its client if so */
  yields(): string | undefined;
  /** Whose turn it is where other frames wait; undefined where the session carries many clients. */
  clientOf(): string | undefined;
}

/** Begins a session of HTTP/2. */
export function beginSession(server: Http2Server, socket: TLSSocket, client: SessionClient): void {
  const transport = new Transport(socket, client);
  const began = (session: Http2Session) => {
    sockets.set(session, socket);
    transports.set(session, transport);
    transport.session = session;
  };
  server.prependOnceListener("session", began);
  try {
    server.emit("connection", transport);
  } finally {
    server.off("session", began);
  }
}

/**
 * What is between TLS and Node's HTTP/2, which by itself takes in all that a client has sent before others
 * have their turn: a thousand requests fit in one read. Here the requests of a client that begins many
 * wait for spare time, one by one, and so do frames of which there are many. Nothing more is read meanwhile.
 */
class Transport extends Duplex {
  readonly #socket: TLSSocket;
  readonly #client: SessionClient;
  readonly #frames = new FrameReader(PREFACE_LENGTH);
  readonly #sent = new FrameReader(0);
  /** Whether Node's session has sent its last GOAWAY. */
  #final = false;
  #received: Buffer = NO_BYTES;
  /** How much of what was received was passed on. */
  #passed = 0;
  /** Whether a part of what was received waits. */
  waits = false;
  session: Http2Session | undefined;
  /** The code of our own GOAWAY, where the session ends before it has closed. */
  code: number = constants.NGHTTP2_INTERNAL_ERROR;
  /** Whose turn that is. */
  #waitsAs: string | undefined;
  #cancel: Cancel | undefined;
  #ended = false;

  constructor(socket: TLSSocket, client: SessionClient) {
    super();
    this.#socket = socket;
    this.#client = client;
    socket
      .on("data", (bytes: Buffer) => {
        if (this.destroyed) return;
        this.#received = bytes;
        this.#passed = 0;
        this.#pass();
      })
      .on("end", () => {
        this.#ended = true;
        if (!this.waits) this.push(null);
      })
      // 'close' follows.
      .on("error", () => undefined)
      .once("close", () => this.destroy());
  }

  override _read(): void {
    if (!this.waits) this.#socket.resume();
  }

  override _write(bytes: Buffer, _: string, done: (error?: Error | null) => void): void {
    this.#taken(this.#send(bytes), done);
  }

  override _writev(pieces: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#socket.cork();
    let room = true;
    for (const { chunk } of pieces) room = this.#send(chunk);
    this.#socket.uncork();
    this.#taken(room, done);
  }

  #send(bytes: Buffer): boolean {
    for (let at = this.#sent.next(bytes, 0); at >= 0; at = this.#sent.next(bytes, at)) {
      if (this.#sent.type !== GOAWAY) continue;
      // Another last stream than that of an announcement. Node writes a frame in one piece.
      if (bytes.length < at + 4 || bytes.readUInt32BE(at) !== ANY_STREAM) this.#final = true;
    }
    return this.#socket.write(bytes);
  }

  /**
   * Calls back at once where there is room, and not once the system has taken it: what Node's session
   * writes next, such as a GOAWAY before it closes, would wait here and be lost.
   */
  #taken(room: boolean, done: (error?: Error | null) => void): void {
    if (room) done();
    else this.#socket.once("drain", done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(this.#goaway(), () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#cancel?.();
    done(error);
    if (this.#socket.destroyed) return;
    if (this.#socket.writable) this.#socket.end(this.#goaway());
    // A close while bytes are on their way resets the connection, and the client may never read the GOAWAY.
    this.#socket.resume();
    setTimeout(() => this.#socket.destroy(), LINGER).unref();
  }

  /**
   * The last frame of a session that ends before it has closed, where Node's own is lost: a write before it
   * had not ended, and the client would see no error.
   */
  #goaway(): Buffer {
    if (this.#final || this.#ended || this.session?.closed !== false) return NO_BYTES;
    const frame = Buffer.from(FINAL);
    frame.writeUInt32BE(this.code, CODE_AT);
    return frame;
  }

  /** Passes on what was received, up to a frame that has to wait. */
  #pass(): void {
    const from = this.#passed;
    this.waits = this.#findWaiting();
    const piece = this.#received.subarray(from, this.#passed);
    const reads = piece.length === 0 || this.push(piece);
    if (this.waits) {
      this.#socket.pause();
      this.#cancel = spareTime.later(() => this.#pass(), this.#waitsAs);
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
      this.#waitsAs = this.#frames.type === HEADERS ? this.#client.yields() : undefined;
      if (this.#waitsAs !== undefined) return true;
      if (frames < FREE_FRAMES) continue;
      this.#waitsAs = this.#client.clientOf();
      return true;
    }
  }
}

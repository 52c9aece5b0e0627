import { connect, type Socket } from "node:net";
import { UpstreamError } from "../exchange/edge-error.ts";
import { type Cancel, spareTime } from "../limits/spare-time.ts";
import { type ResponseHandler, ResponseParser } from "./response-parser.ts";

export interface ConnectionOwner {
  opened(connection: UpstreamConnection): void;
  /** The connection is closed or detached; `cause` where it never was open. */
  closed(connection: UpstreamConnection, cause: Error | undefined): void;
}

/** The attempt that uses a connection at the moment, for one request and its response. */
export interface ConnectionUser extends ResponseHandler {
  /** The client whose turns the reads of the response take; undefined where it is for many clients. */
  readonly readsFor: string | undefined;
  /** The system has taken everything that was written. */
  drained(): void;
  timedOut(): void;
  /** The connection closed before the response's end. */
  fail(cause: Error): void;
}

/** One buffer for the reads of all connections: the parser copies what is kept. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
/** Where a replica listens. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string };

/** One connection to a replica, which carries one request at a time. */
export class UpstreamConnection {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #upgrades: boolean;
  readonly target: Target;
  readonly #parser = new ResponseParser();
  #user: ConnectionUser | undefined;
  #opened = false;
  #detached = false;
  #cause: Error | undefined;
  #reading = true;
  /** Whether the last read found as much as it could take, so that more is there. */
  #more = false;
  /** Where it waits for spare time to be read. */
  #cancelRead: Cancel | undefined;
  /** Whether the next read is one for which spare time was given. */
  #inSpareTime = false;
  /** When to call `expire`, by performance.now(). */
  deadline: number;
  carried = 0;
  /** Whether any byte of the present response was received. */
  received = false;

  /**
   * @param timeout milliseconds to connect within
   * @param upgrades whether its one request is a WebSocket handshake, whose tunnel gets the socket
   */
  constructor(target: Target, timeout: number, owner: ConnectionOwner, upgrades: boolean) {
    this.target = target;
    this.#owner = owner;
    this.#upgrades = upgrades;
    this.deadline = performance.now() + timeout;
    // Reading past the stream, a response costs no buffer and no event; a tunnel needs the stream.
    const callback = (length: number) => this.#read(READ_BUFFER, length);
    this.#socket = upgrades
      ? connect({ ...target, noDelay: true, allowHalfOpen: true }).on("data", (bytes: Buffer) => {
          if (!this.#read(bytes, bytes.length)) this.#socket.pause();
        })
      : connect({ ...target, noDelay: true, onread: { buffer: READ_BUFFER, callback } });
    this.#socket
      .on("connect", () => this.#open())
      .on("drain", () => this.#user?.drained())
      .on("end", () => this.#ended())
      .on("error", (error) => this.close(error))
      .on("close", () => this.#closed());
  }

  get usable(): boolean {
    return this.#opened && this.#user === undefined && !this.#socket.destroyed;
  }

  /**
   * Sends a request's head; what is received is the user's until `release`.
   * @param body begins a body: what it has at once goes out together with the head
   */
  send(user: ConnectionUser, method: string, head: string, body: (() => void) | undefined): void {
    this.carried++;
    this.received = false;
    this.#user = user;
    this.#parser.begin(method, user, this.#upgrades);
    if (body !== undefined) this.#socket.cork();
    this.#socket.write(head, "latin1");
    if (body === undefined) return;
    try {
      body();
    } finally {
      // Behind the first piece of a stream, which is read in a tick of its own.
      process.nextTick(() => this.#socket.uncork());
    }
  }

  /** Sends a piece of a body; false means: wait until `drained`. */
  write(piece: Buffer | string): boolean {
    return typeof piece === "string"
      ? this.#socket.write(piece, "latin1")
      : this.#socket.write(piece);
  }

  /** Whether the system has taken everything that was written. */
  get flushed(): boolean {
    return this.#socket.writableLength === 0;
  }

  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    if (this.#reading) return;
    this.#reading = true;
    if (this.#more) this.#readLater();
    else this.#socket.resume();
  }

  /** Has another user take the rest of the present response; all of the request was sent. */
  handTo(user: ConnectionUser): void {
    this.#user = user;
    this.#parser.handTo(user);
  }

  /** The user has its response and sends nothing more. */
  release(): void {
    this.#user = undefined;
    this.#more = false;
    this.#inSpareTime = false;
    this.resume();
  }

  /** Gives its socket to a tunnel. @param rest what was received behind the 101 */
  detach(rest: Buffer): Socket {
    this.#user = undefined;
    this.#detached = true;
    this.#owner.closed(this, undefined);
    this.#socket.removeAllListeners("data").pause().unshift(rest);
    return this.#socket;
  }

  /** The deadline has passed: that of connecting, of idleness, or one that the user set. */
  expire(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    if (this.#user !== undefined) this.#user.timedOut();
    else if (this.#opened) this.close(undefined);
    else this.close(new UpstreamError("CONNECT_TIMEOUT", "the replica took too long to accept"));
  }

  close(cause: Error | undefined): void {
    this.#cause ??= cause;
    this.#socket.destroy();
  }

  #open(): void {
    this.#opened = true;
    this.deadline = Number.POSITIVE_INFINITY;
    this.#owner.opened(this);
  }

  /** False stops the reading, until the socket is resumed. */
  #read(bytes: Buffer, length: number): boolean {
    this.received = true;
    if (this.#inSpareTime) {
      this.#inSpareTime = false;
      spareTime.read(() => this.#parse(bytes, length));
    } else this.#parse(bytes, length);
    this.#more = length === READ_BUFFER.length && !this.#upgrades;
    if (!this.#reading || !this.#more) return this.#reading;
    this.#readLater();
    return false;
  }

  #parse(bytes: Buffer, length: number): void {
    try {
      this.#parser.feed(bytes, length);
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** A long body, which many clients may want at once. */
  #readLater(): void {
    if (this.#cancelRead !== undefined) return;
    this.#cancelRead = spareTime.laterToRead(() => {
      this.#cancelRead = undefined;
      if (!this.#reading) return;
      this.#inSpareTime = true;
      this.#socket.resume();
    }, this.#user?.readsFor);
  }

  #ended(): void {
    if (this.#detached) return;
    try {
      this.#parser.close();
    } catch (error) {
      this.#cause ??= error instanceof Error ? error : undefined;
    }
    this.close(undefined);
  }

  #closed(): void {
    this.#cancelRead?.();
    if (this.#detached) return;
    const early = new UpstreamError("CLOSED_EARLY", "the replica's connection was closed");
    const user = this.#user;
    this.#user = undefined;
    this.#owner.closed(this, this.#opened ? undefined : (this.#cause ?? early));
    user?.fail(this.#cause ?? early);
  }
}

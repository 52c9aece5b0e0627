import { connect, type Socket } from "node:net";
import { type ResponseHandler, ResponseParser } from "./response-parser.ts";
import { UpstreamError } from "./upstream-error.ts";

/** What a connection tells the pool that owns it. */
export interface ConnectionOwner {
  opened(connection: UpstreamConnection): void;
  /** The connection is gone; `cause` where it never was open. */
  closed(connection: UpstreamConnection, cause: Error | undefined): void;
}

/** Who uses a connection at the moment, for one request and its answer. */
export interface ConnectionUser extends ResponseHandler {
  /** Whatever was written has been taken. */
  drained(): void;
  /** A deadline that the user set has passed. */
  late(): void;
  /** The connection is gone before the answer's end. */
  lost(cause: Error): void;
}

/** One buffer for the reads of all connections: the parser copies what somebody keeps. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** One connection to a replica, which carries one request at a time. */
export class UpstreamConnection {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #parser = new ResponseParser();
  #user: ConnectionUser | undefined;
  #opened = false;
  #cause: Error | undefined;
  #reading = true;
  /** When whoever waits for this connection has waited enough; by performance.now(). */
  deadline: number;
  /** How many requests it has carried. */
  carried = 0;
  /** Whether any byte of the present answer has come. */
  heard = false;

  constructor(address: string, port: number, timeout: number, owner: ConnectionOwner) {
    this.#owner = owner;
    this.deadline = performance.now() + timeout;
    this.#socket = connect({
      host: address,
      port,
      noDelay: true,
      // Without a stream between: an answer costs no buffer and no event of its own.
      onread: { buffer: READ_BUFFER, callback: (length) => this.#read(length) },
    });
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

  /** Sends a request's head; what comes back is the user's until `release`. */
  send(user: ConnectionUser, method: string, head: string): void {
    this.carried++;
    this.heard = false;
    this.#user = user;
    this.#parser.begin(method, user);
    this.#socket.write(head, "latin1");
  }

  /** Sends a piece of a body; false means: wait until `drained`. */
  write(piece: Buffer | string): boolean {
    return typeof piece === "string"
      ? this.#socket.write(piece, "latin1")
      : this.#socket.write(piece);
  }

  /** Whether the system has taken all that was written. */
  get flushed(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** Reads no more until `resume`. */
  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#socket.resume();
  }

  /** The user has its answer and sends nothing more. */
  release(): void {
    this.#user = undefined;
    this.resume();
  }

  /** Some deadline has passed: of the connecting, of idleness, or one that the user set. */
  expire(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    if (this.#user !== undefined) this.#user.late();
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
  #read(length: number): boolean {
    this.heard = true;
    try {
      this.#parser.feed(READ_BUFFER, length);
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
    }
    return this.#reading;
  }

  #ended(): void {
    try {
      this.#parser.close();
    } catch (error) {
      this.#cause ??= error instanceof Error ? error : undefined;
    }
    this.close(undefined);
  }

  #closed(): void {
    const early = new UpstreamError("CLOSED_EARLY", "the replica's connection was closed");
    const user = this.#user;
    this.#user = undefined;
    this.#owner.closed(this, this.#opened ? undefined : (this.#cause ?? early));
    user?.lost(this.#cause ?? early);
  }
}

import { EventEmitter } from "node:events";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type RawFields, Remembered } from "@gatehouse/http";

/** What the framing of a response depends on. */
interface RequestLine {
  readonly method: string;
  readonly httpVersion: "1.0" | "1.1";
}

/** The connection of a response. */
export interface ResponseOwner {
  /** Milliseconds, for the Keep-Alive field. */
  readonly keepAlive: number;
  /** The system has taken the whole response. */
  written(): void;
}

/** There is room for more; or the response is over, complete or not. */
type Event = "drain" | "close";

/** Bytes; a larger piece costs more to copy into one write with the head than a second write. */
const SMALL = 4 * 1024;
const INVALID = /[^\t\x20-\x7e\x80-\xff]/;
const SWITCHING_PROTOCOLS = 101;

const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;

/** Fields that say how a response is framed, and whether it has a date. */
const kinds = new Remembered((name) => {
  if (!TOKEN.test(name)) return "invalid";
  const key = name.toLowerCase();
  return key === "content-length" || key === "date" ? key : "other";
});

/**
 * The response to one request over HTTP/1.1 or 1.0. It frames the body by the head that it is given,
 * emits 'drain' and 'close', and breaks the connection where the body does not fit: a client must never read it as complete.
 */
export class Http1Response {
  readonly #events = new EventEmitter();
  readonly #request: RequestLine;
  readonly #socket: Socket;
  readonly #owner: ResponseOwner;
  /** Whether a further request may follow on the connection. */
  shouldKeepAlive: boolean;
  statusCode = 0;
  headersSent = false;
  writableEnded = false;
  /** Whether the system has taken all of it. */
  writableFinished = false;
  /** The head, until it is written together with what follows it. */
  #head = "";
  #chunked = false;
  #hasBody = true;
  /** Bytes that the body must still have; Infinity where only its end shows that. */
  #left = Number.POSITIVE_INFINITY;
  #begin: (() => void) | undefined;
  #closed = false;

  constructor(request: RequestLine, keepAlive: boolean, socket: Socket, owner: ResponseOwner) {
    this.#request = request;
    this.shouldKeepAlive = keepAlive;
    this.#socket = socket;
    this.#owner = owner;
  }

  on(event: Event, listener: () => void): this {
    this.#events.on(event, listener);
    return this;
  }

  once(event: Event, listener: () => void): this {
    this.#events.once(event, listener);
    return this;
  }

  off(event: Event, listener: () => void): this {
    this.#events.off(event, listener);
    return this;
  }

  /** Bytes that wait for the client. */
  get writableLength(): number {
    return this.#socket.writableLength;
  }

  /** Sends an interim response, to clients that know them (RFC 9110, section 15.2). */
  interim(status: number, fields: RawFields): void {
    if (this.headersSent || this.#request.httpVersion !== "1.1") return;
    this.#socket.write(`${statusLine(status)}${lines(fields)}\r\n`, "latin1");
  }

  /**
   * Takes the head of the response; it is written with the first piece of the body, or by `flush`.
   * @throws Error for a character that no field can have
   */
  writeHead(status: number, fields: RawFields): void {
    const { method, httpVersion } = this.#request;
    let head = statusLine(status);
    let dated = false;
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] ?? "";
      const value = fields[at + 1] ?? "";
      const kind = kinds.of(name);
      if (kind === "content-length") this.#left = Number(value);
      else if (kind === "date") dated = true;
      head += fieldLine(name, value);
    }
    if (!dated) head += dateLine();
    this.#hasBody = method !== "HEAD" && status !== 204 && status !== 304 && status >= 200;
    if (status !== SWITCHING_PROTOCOLS) {
      const unknown = this.#hasBody && this.#left === Number.POSITIVE_INFINITY;
      this.#chunked = unknown && httpVersion === "1.1";
      // Only the end of the connection can end such a body (RFC 9112, section 6.3).
      if (unknown && !this.#chunked) this.shouldKeepAlive = false;
      if (this.#chunked) head += "Transfer-Encoding: chunked\r\n";
      head += this.shouldKeepAlive
        ? `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(this.#owner.keepAlive / 1000)}\r\n`
        : "Connection: close\r\n";
    }
    this.statusCode = status;
    this.headersSent = true;
    this.#head = `${head}\r\n`;
  }

  /** Sends the head without waiting for the body. */
  flush(): void {
    if (this.#head === "") return;
    this.#socket.write(this.#head, "latin1");
    this.#head = "";
  }

  /** Sends a piece of the body; false means: wait for 'drain'. */
  write(piece: Buffer): boolean {
    if (!this.#hasBody || piece.length === 0) return true;
    return this.#fits(piece) && this.#write(piece, "", undefined);
  }

  /** @param trailers sent where the body is chunked (RFC 9112, section 7.1.2) */
  end(last: Buffer | undefined, trailers: RawFields): void {
    if (this.writableEnded) return;
    this.writableEnded = true;
    const piece = this.#hasBody ? last : undefined;
    if (piece !== undefined && !this.#fits(piece)) return;
    if (this.#hasBody && this.#left > 0 && this.#left < Number.POSITIVE_INFINITY) {
      this.destroy();
      return;
    }
    const end = this.#chunked ? `0\r\n${lines(trailers)}\r\n` : "";
    this.#write(piece, end, (error) => {
      if (!error) this.#owner.written();
    });
  }

  /** Responds with 101; `begin` is called once the socket is free for the other protocol. */
  switchProtocols(fields: RawFields, begin: () => void): void {
    this.#begin = begin;
    this.writeHead(SWITCHING_PROTOCOLS, fields);
    this.end(undefined, []);
  }

  /** The owner says that the whole response is written. */
  finished(): void {
    this.writableFinished = true;
    // A tunnel is over when its connection closes.
    if (this.#begin === undefined) this.closed();
    else this.#begin();
  }

  /** The connection has room for more. */
  drained(): void {
    this.#events.emit("drain");
  }

  /** Its connection is closed, or goes on without it. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.emit("close");
  }

  /** Breaks the connection. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Whether the body may have this piece; if not, the connection breaks. */
  #fits(piece: Buffer): boolean {
    this.#left -= piece.length;
    if (this.#left < 0) this.destroy();
    return this.#left >= 0;
  }

  #write(
    piece: Buffer | undefined,
    end: string,
    done: ((error?: Error | null) => void) | undefined,
  ): boolean {
    let before = this.#head;
    let after = end;
    this.#head = "";
    if (piece !== undefined && this.#chunked) {
      before += `${piece.length.toString(16)}\r\n`;
      after = `\r\n${end}`;
    }
    const socket = this.#socket;
    // latin1 keeps every byte.
    if (piece === undefined) return socket.write(before + after, "latin1", done);
    if (piece.length <= SMALL) {
      return socket.write(before + piece.toString("latin1") + after, "latin1", done);
    }
    socket.cork();
    if (before !== "") socket.write(before, "latin1");
    let room = socket.write(piece, after === "" ? done : undefined);
    if (after !== "") room = socket.write(after, "latin1", done);
    socket.uncork();
    return room;
  }
}

function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`;
}

function lines(fields: RawFields): string {
  let text = "";
  for (let at = 0; at < fields.length; at += 2)
    text += fieldLine(fields[at] ?? "", fields[at + 1] ?? "");
  return text;
}

/** A line break within a value would begin another field. */
function fieldLine(name: string, value: string): string {
  if (INVALID.test(value) || kinds.of(name) === "invalid") {
    throw new Error(`a field of the response has a forbidden character: ${JSON.stringify(name)}`);
  }
  return `${name}: ${value}\r\n`;
}

let second = 0;
let line = "";

/** The present second, as RFC 9110, section 5.6.7, writes it. */
function dateLine(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    line = `Date: ${new Date(now * 1000).toUTCString()}\r\n`;
  }
  return line;
}

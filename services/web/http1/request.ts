import type { Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";
import {
  fieldValue,
  IncomingBody,
  type RawFields,
  type Refusal,
  type RequestLimits,
} from "@gatehouse/http";
import type { Http1Head } from "./request-head.ts";

/** The connection of a request, as far as the request needs it. */
export interface RequestOwner {
  /** Bytes that were received behind the request. */
  readonly ahead: number;
  /** The body has room for more. */
  readMore(): void;
  /** The request is refused: no further one follows, and its response may say why. */
  refuse(refused: (refusal: Refusal) => void, refusal: Refusal): void;
}

/** A WebSocket's connection: a response of 101 hands it over, any other one closes it. */
export interface Upgrade {
  readonly socket: Duplex;
}

/** One request of a client over HTTP/1.1 or 1.0, with the names that Node's requests have. */
export class Http1Request {
  readonly method: string;
  url: string;
  readonly httpVersion: "1.0" | "1.1";
  readonly rawHeaders: RawFields;
  readonly socket: Socket;
  readonly body: Http1Body | undefined;
  readonly upgrade: Upgrade | undefined;
  readonly #head: Http1Head;
  readonly #owner: RequestOwner;
  #headers: Record<string, string> | undefined;
  /** Bytes of the body so far. */
  bodyBytes = 0;

  constructor(head: Http1Head, socket: Socket, owner: RequestOwner) {
    this.method = head.method;
    this.url = head.target;
    this.httpVersion = head.version;
    this.rawHeaders = head.rawHeaders;
    this.socket = socket;
    this.body = head.bodyLength === 0 ? undefined : new Http1Body(socket, owner);
    this.upgrade = head.webSocket ? { socket } : undefined;
    this.#head = head;
    this.#owner = owner;
  }

  /** The value of Host; "" where HTTP/1.0 has none. */
  get host(): string {
    return this.#head.host;
  }

  /** The fields by their names in lower case; a repeated one is a list (RFC 9110, section 5.3). */
  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= fieldsByName(this.rawHeaders);
    return this.#headers;
  }

  /** Bytes of the body that were received, and wait for their reader. */
  get readableLength(): number {
    return this.body?.readableLength ?? 0;
  }

  /** Bytes that were received behind it, and wait for its end. */
  get bytesAhead(): number {
    return this.#owner.ahead;
  }

  /** Whether all of it was received. */
  get complete(): boolean {
    return this.body?.complete ?? true;
  }

  get rawTrailers(): RawFields {
    return this.body?.rawTrailers ?? [];
  }

  /**
   * Checks the head and, from now on, the body against the rules.
   * @param refused sends the refusal, at most once; where a response has begun, the connection breaks
   * @returns whether the request may go on
   */
  admit(limits: RequestLimits, refused: (refusal: Refusal) => void): boolean {
    const { refusal, bodyLength } = this.#head;
    const refuse = (reason: Refusal) => this.#owner.refuse(refused, reason);
    if (refusal !== undefined) {
      refuse(refusal);
      return false;
    }
    if (this.body === undefined) return true;
    const { body } = this;
    if (bodyLength === undefined) body.guard = new IncomingBody(body, limits, refuse);
    else {
      // Most bodies are received in one piece with their head: these need no clock.
      process.nextTick(() => {
        if (!body.complete && !body.destroyed) body.guard = new IncomingBody(body, limits, refuse);
      });
    }
    return true;
  }
}

/** The body of a request while it is received. */
export class Http1Body extends Readable {
  readonly socket: Socket;
  readonly #owner: RequestOwner;
  complete = false;
  rawTrailers: RawFields = [];
  /** Judges the body by the rules; it may refuse the request while the body is received. */
  guard: IncomingBody | undefined;

  constructor(socket: Socket, owner: RequestOwner) {
    super({ highWaterMark: WAITING });
    this.socket = socket;
    this.#owner = owner;
  }

  /** Whether its reader has to read before more is taken. */
  get isFull(): boolean {
    return !this.destroyed && this.readableLength >= this.readableHighWaterMark;
  }

  override _read(): void {
    this.#owner.readMore();
  }

  end(trailers: RawFields): void {
    this.rawTrailers = trailers;
    this.complete = true;
    this.push(null);
  }

  /** The client left, or its body broke a rule of the syntax: the reader gets no end. */
  abort(): void {
    if (this.destroyed || this.complete) return;
    // Without a listener an error would reach the process.
    this.destroy(this.listenerCount("error") > 0 ? new Error("the client broke off") : undefined);
  }
}

/** Bytes of a body that wait for its reader. */
const WAITING = 16 * 1024;

function fieldsByName(fields: RawFields): Record<string, string> {
  // Without a prototype: a field may be called __proto__.
  const all: Record<string, string> = Object.create(null);
  for (let at = 0; at < fields.length; at += 2) {
    const key = (fields[at] ?? "").toLowerCase();
    if (key in all) all[key] = fieldValue(key, fields, key === "cookie" ? "; " : ", ") ?? "";
    else all[key] = fields[at + 1] ?? "";
  }
  return all;
}

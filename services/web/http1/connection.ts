import type { Socket } from "node:net";
import {
  PARSER_RULES,
  plainRefusal,
  type RawFields,
  type Refusal,
  refusalBy,
} from "@gatehouse/http";
import { ADVICE, RETRY_AFTER } from "../exchange/advice.ts";
import { type Cancel, spareTime } from "../limits/spare-time.ts";
import type { ConnectionSettings, Http1Handler } from "./handler.ts";
import { Http1Request, type RequestOwner } from "./request.ts";
import { type Http1Head, MalformedRequest } from "./request-head.ts";
import { RequestParser, type RequestReader } from "./request-parser.ts";
import { Http1Response, type ResponseOwner } from "./response.ts";

/**
 * How long what a client still sends is read and thrown away, in milliseconds. A close while bytes
 * are on their way resets the connection, and the client may never read the response (RFC 9112, 9.6).
 */
const LINGER = 2000;
const SWITCHING_PROTOCOLS = 101;
/** For a request that waited for its turn as long as a head may take: its client has done nothing wrong. */
const NO_TURN: Refusal = { status: 503, reason: `The server is busy. ${ADVICE}` };

/** Milliseconds that a draining edge waits for the first request of a new connection. */
const FIRST_REQUEST = 250;

/**
 * - new: nothing was received yet; idle: nothing since the last response
 * - yielding: what was received waits for the spare time of the event loop
 * - head: a head is being received
 * - exchange: a request is served
 * - discarding: its response is sent, the rest of its body is thrown away
 * - lingering: the last response is sent, and whatever the client sends is thrown away
 * - tunnel: the socket is another protocol's
 * - closed
 */
type State =
  | "new"
  | "idle"
  | "yielding"
  | "head"
  | "exchange"
  | "discarding"
  | "lingering"
  | "tunnel"
  | "closed";

/**
 * One connection of a client: the only owner of its socket from accept to close, until a tunnel
 * takes it. It serves one request at a time. In every state but "exchange" and "tunnel", which have
 * their own limits, a deadline ends it, whatever else it waits for.
 */
export class Http1Connection implements RequestReader, RequestOwner, ResponseOwner {
  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  readonly #handler: Http1Handler;
  readonly #parser: RequestParser;
  #state: State = "new";
  #request: Http1Request | undefined;
  #response: Http1Response | undefined;
  /** When `expire` is due, by performance.now(). */
  deadline: number;
  /** Takes out what waits for spare time. */
  #cancel: Cancel | undefined;
  /** Whether no further request is served. */
  #last = false;

  constructor(socket: Socket, settings: ConnectionSettings, handler: Http1Handler) {
    this.#socket = socket;
    this.#settings = settings;
    this.#handler = handler;
    this.#parser = new RequestParser(this, settings, settings.longestHead);
    this.deadline = performance.now() + settings.headersTimeout;
    socket
      .on("data", this.#onData)
      .on("end", this.#onEnd)
      .on("drain", this.#onDrain)
      // 'close' follows.
      .on("error", ignore)
      .once("close", () => this.#closed());
  }

  get keepAlive(): number {
    return this.#settings.keepAlive;
  }

  get ahead(): number {
    return this.#parser.ahead;
  }

  /** Closes a connection that has no request; a new one has a moment for its first. */
  closeIfIdle(): void {
    if (this.#state === "idle" && this.#parser.ahead === 0) this.#socket.destroy();
    else if (this.#state === "new") {
      this.deadline = Math.min(this.deadline, performance.now() + FIRST_REQUEST);
    }
  }

  /** The deadline of the present state has passed. */
  expire(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    // Browsers open connections ahead of need: an unused one is closed without a response.
    if (this.#state === "head") this.#refuseMalformed(refusalBy(PARSER_RULES.headTime));
    else if (this.#state === "yielding") this.#refuse(NO_TURN, ["Retry-After", `${RETRY_AFTER}`]);
    else this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    switch (this.#state) {
      case "lingering":
      case "closed":
        return;
      case "new":
      case "idle":
        // What is ahead of it waits already.
        if (this.#parser.ahead === 0) {
          const client = this.#handler.yields(this.#socket);
          if (client !== undefined) {
            this.#readLater(bytes, client);
            return;
          }
        }
        this.#enter("head", this.#settings.headersTimeout);
    }
    this.#read(bytes);
  };

  /** Nothing more is read meanwhile: a client of many requests takes no time from others. */
  #readLater(bytes: Buffer, client: string): void {
    this.#enter("yielding", this.#settings.headersTimeout);
    this.#socket.pause();
    this.#later(() => {
      // The client has its whole time for the rest of the head.
      this.#enter("head", this.#settings.headersTimeout);
      this.#socket.resume();
      this.#read(bytes);
    }, client);
  }

  #read(bytes: Buffer): void {
    this.#parse(() => this.#parser.feed(bytes));
    if (this.#state === "idle" && this.#parser.withinHead) {
      this.#enter("head", this.#settings.headersTimeout);
    }
    if (this.#parser.mustWait) this.#resumeLater();
    else if (this.#parser.ahead > this.#settings.longestHead) {
      this.#socket.pause();
      // A client that leaves is not noticed behind unread bytes: so this may not last.
      if (this.#state === "exchange") this.deadline = performance.now() + this.#settings.keepAlive;
    }
  }

  /** The client has closed its side: for a request that is served, it has left, as nginx sees it. */
  readonly #onEnd = (): void => {
    if (this.#state === "head") this.#refuseMalformed(refusalBy(PARSER_RULES.earlyEnd));
    else this.#socket.destroy();
  };

  readonly #onDrain = (): void => {
    this.#contain(() => this.#response?.drained());
  };

  head(head: Http1Head): void {
    const request = new Http1Request(head, this.#socket, this);
    this.#request = request;
    this.#response = new Http1Response(request, head.keepAlive && !this.#last, this.#socket, this);
    this.#enter("exchange", Number.POSITIVE_INFINITY);
    this.#handler.serve(request, this.#response);
  }

  data(piece: Buffer): void {
    const request = this.#request;
    if (request?.body === undefined) return;
    request.bodyBytes += piece.length;
    if (this.#state !== "exchange" || request.body.destroyed) return;
    if (!request.body.push(piece)) this.#socket.pause();
  }

  end(trailers: RawFields): void {
    this.#request?.body?.end(trailers);
    if (this.#state === "discarding") this.#awaitNext();
  }

  readMore(): void {
    if (this.#parser.mustWait) return;
    // A client that sends too far ahead is not read again before its request is served.
    if (this.#parser.ahead <= this.#settings.longestHead) this.#socket.resume();
  }

  refuse(refused: (refusal: Refusal) => void, refusal: Refusal): void {
    this.#last = true;
    this.#parser.stop();
    const response = this.#response;
    if (response === undefined || response.headersSent) this.#socket.destroy();
    else {
      response.shouldKeepAlive = false;
      refused(refusal);
    }
  }

  written(): void {
    this.#contain(() => {
      const response = this.#response;
      if (response === undefined || this.#state === "closed") return;
      if (response.statusCode === SWITCHING_PROTOCOLS) this.#handOver();
      response.finished();
      if (this.#state === "exchange") this.#responded(response.shouldKeepAlive);
    });
  }

  #responded(keepAlive: boolean): void {
    const { body } = this.#request ?? {};
    if (!keepAlive || this.#last) this.#linger();
    else if (body === undefined || body.complete) this.#awaitNext();
    else {
      this.#enter("discarding", this.#settings.headersTimeout);
      body.destroy();
      this.#socket.resume();
    }
  }

  /** The socket is a tunnel's from now on, and so is what was received behind the handshake. */
  #handOver(): void {
    this.#enter("tunnel", Number.POSITIVE_INFINITY);
    const rest = this.#parser.takeAhead();
    this.#socket.off("data", this.#onData).off("end", this.#onEnd).off("drain", this.#onDrain);
    this.#socket.pause();
    if (rest.length > 0) this.#socket.unshift(rest);
  }

  /** The response is sent, and the request received to its end. */
  #awaitNext(): void {
    this.#request = undefined;
    this.#response = undefined;
    this.#enter("idle", this.#settings.keepAlive);
    this.#socket.resume();
    // Not at once: a client that sends many requests ahead would hold up all others.
    if (this.#parser.ahead > 0) this.#later(() => this.#readAhead(), this.#client);
    else this.#parser.next();
  }

  #readAhead(): void {
    if (this.#state !== "idle" && this.#state !== "head") return;
    this.#enter("head", this.#settings.headersTimeout);
    this.#parse(() => this.#parser.next());
  }

  /** Nothing more is read meanwhile: the rest of what was received comes first. */
  #resumeLater(): void {
    this.#socket.pause();
    this.#later(() => {
      if (this.#state !== "exchange" && this.#state !== "discarding") return;
      this.#parse(() => this.#parser.resume());
      if (this.#parser.mustWait) this.#resumeLater();
      else if (!this.#request?.body?.isFull) this.#socket.resume();
    }, this.#client);
  }

  get #client(): string | undefined {
    return this.#handler.clientOf(this.#socket);
  }

  /** In a turn of its client, which may have many connections. */
  #later(run: () => void, client: string | undefined): void {
    this.#cancel = spareTime.later(() => {
      // It may hold much of what was received.
      this.#cancel = undefined;
      run();
    }, client);
  }

  #refuseMalformed(refusal: Refusal): void {
    const { body } = this.#request ?? {};
    if (this.#state === "exchange" && body !== undefined) {
      if (body.guard === undefined) this.#socket.destroy();
      else body.guard.refuse(refusal);
      return;
    }
    if (this.#state !== "head") {
      this.#socket.destroy();
      return;
    }
    this.#refuse(refusal, []);
  }

  #refuse(refusal: Refusal, fields: RawFields): void {
    const own = this.#handler.reportMalformed(refusal, this.#socket.remoteAddress ?? "");
    this.#socket.write(plainRefusal(refusal, [...own, ...fields]));
    this.#linger();
  }

  /** Ends this side, and waits for the client to end the other one. */
  #linger(): void {
    this.#enter("lingering", LINGER);
    this.#cancel?.();
    this.#request?.body?.abort();
    this.#socket.end();
    this.#socket.resume();
  }

  #enter(state: State, timeout: number): void {
    if (this.#state === "closed") return;
    this.#state = state;
    this.deadline = performance.now() + timeout;
  }

  #parse(read: () => void): void {
    this.#contain(() => {
      try {
        read();
      } catch (error) {
        if (!(error instanceof MalformedRequest)) throw error;
        this.#refuseMalformed(error.refusal);
      }
    });
  }

  /** An exception ends this connection, and nothing else. */
  #contain(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#handler.failed(error);
      this.#socket.destroy();
    }
  }

  #closed(): void {
    this.#state = "closed";
    this.#cancel?.();
    this.deadline = Number.POSITIVE_INFINITY;
    this.#contain(() => {
      this.#request?.body?.abort();
      this.#response?.closed();
    });
  }
}

function ignore(): void {}

import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { type ClientSide, fieldValue, type RawFields, type TrustedPeers } from "@gatehouse/http";
import { requestId, type Span, type Tracer, traceparent } from "@gatehouse/telemetry";
import type { Upgrade } from "../http1/request.ts";
import { acceptedSocket, clientOf, connectionOf, single } from "./client.ts";
import {
  bodyOf,
  breakOff,
  type ClientRequest,
  type ClientResponse,
  endResponse,
  isWhole,
  sendHead,
  sendInterim,
  waitingBytes,
} from "./http-versions.ts";
import { isEventStream, type SiteFields, withOwnFields } from "./own-fields.ts";
import type { ResponseSink, ResponseSource } from "./response-sink.ts";

/** What made the response: the edge itself, its disk, its cache, or the application. */
export type ServedBy = "edge" | "files" | "cache" | "application";

/** The two releases while one is on trial: the one that runs, and the canary. */
export type Release = "running" | "canary";

export interface ExchangeContext extends SiteFields {
  readonly trusted: TrustedPeers;
  readonly timed: boolean;
  /** Undefined where no traces are sent. */
  readonly tracer: Tracer | undefined;
  /** Whether responses of HTTP/1.1 close their connections. */
  draining: boolean;
  /** Bytes of the response's body were received. */
  count(bytes: number): void;
  /** The response stays open, as an event stream does. False: it is refused, and an error is sent. */
  long(exchange: Exchange): boolean;
  /** Called once for each exchange, when its response has ended or its client has left. */
  finished(exchange: Exchange): void;
}

/** One request and its response. It is itself the sink of the application's response. */
export class Exchange implements ResponseSink {
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  /** Undefined for any request but a WebSocket handshake. */
  readonly upgrade: Upgrade | undefined;
  readonly receivedAt = performance.now();
  readonly client: ClientSide;
  /** The socket that was accepted: the same for all requests of a connection. */
  readonly connection: Socket;
  readonly requestId: string;
  readonly traceparent: string;
  readonly span: Span | undefined;
  readonly #context: ExchangeContext;
  #source: ResponseSource | undefined;
  servedBy: ServedBy = "edge";
  /** The code of the edge's own error; undefined for any other response. */
  failure: string | undefined;
  /** The name of the route by which it went to the cache or the application. */
  route: string | undefined;
  /** Our member of the response's Cache-Status. */
  cacheStatus: string | undefined;
  /** The key that decides which replica gets it; undefined for any. */
  affinity: string | undefined;
  /** The release that its client has, while one is on trial; undefined otherwise. */
  release: Release | undefined;
  /** When that was decided, by performance.now(); or 0. */
  assignedAt = 0;
  /** A Set-Cookie for the response of a replica, so that the client has the key. */
  newCookie: string | undefined;
  attempts = 0;
  replica: string | undefined;
  /** When it was sent to a replica, and the response's head received, by performance.now(); or 0. */
  sentAt = 0;
  headAt = 0;
  bytes = 0;
  /** Bytes of the request's body that the proxy keeps. */
  keptBytes = 0;
  /** A WebSocket or an event stream: it ends when its client likes. */
  staysOpen = false;
  closed = false;
  #ended = false;
  #continued = false;
  /** When the source was paused for a client that does not read, by performance.now(); or 0. */
  #pausedAt = 0;
  /** Bytes of a body with Content-Length that are still to come; Infinity for other bodies. */
  #left = Number.POSITIVE_INFINITY;
  /** The last piece of a body with Content-Length: it goes out together with the end. */
  #last: Buffer | undefined;

  constructor(request: ClientRequest, response: ClientResponse, context: ExchangeContext) {
    this.upgrade = "stream" in request ? undefined : request.upgrade;
    this.request = request;
    this.response = response;
    this.#context = context;
    response.on("close", () => this.#close());
    const { headers } = request;
    const socket = connectionOf(request);
    const fromProxy = context.trusted.trusts(socket.remoteAddress);
    this.connection = acceptedSocket(socket);
    this.client = clientOf(request, socket, context.trusted, fromProxy);
    this.requestId = requestId(fromProxy ? single(headers["x-request-id"]) : undefined);
    const trace = fromProxy ? single(headers.traceparent) : undefined;
    this.span = context.tracer?.begin(trace);
    this.traceparent = this.span?.traceparent ?? traceparent(trace);
  }

  get method(): string {
    return this.request.method ?? "GET";
  }

  get target(): string {
    return this.request.url ?? "/";
  }

  get rawHeaders(): RawFields {
    return this.request.rawHeaders;
  }

  get rawTrailers(): RawFields {
    return this.request.rawTrailers;
  }

  /** Whether the whole response was sent before the client left; known once the exchange is closed. */
  get complete(): boolean {
    if ("stream" in this.response) return this.#ended && isWhole(this.response.stream);
    return this.response.writableFinished;
  }

  get body(): Readable | undefined {
    return bodyOf(this.request);
  }

  /** Whether all of the request was received. */
  get requestReceived(): boolean {
    return this.body === undefined || this.request.complete;
  }

  /** Bytes of it that are in memory: of the request's body and of the response. */
  get waitingBytes(): number {
    return this.keptBytes + waitingBytes(this.request, this.response);
  }

  /** Whether it waits for a connection to a replica, or has one. */
  get upstreamState(): "waiting" | "sent" | undefined {
    if (this.attempts === 0 || this.#ended || this.closed) return undefined;
    return this.sentAt === 0 ? "waiting" : "sent";
  }

  /**
   * Whether it has kept an upstream connection since then for its client, which sends or reads slowly;
   * an application that has not begun its response is slow by itself.
   * @param since by performance.now()
   * @param stalled the same for a client that has taken nothing since then
   */
  holdsUpstream(since: number, stalled: number): boolean {
    if (this.#ended || this.sentAt === 0) return false;
    if (this.#pausedAt > 0 && this.#pausedAt <= stalled) return true;
    return this.sentAt <= since && (this.headAt > 0 || !this.requestReceived);
  }

  attempt(replica: string): void {
    this.attempts++;
    this.replica = replica;
  }

  sent(): void {
    this.sentAt = performance.now();
  }

  headReceived(): void {
    this.headAt = performance.now();
  }

  attach(source: ResponseSource): void {
    this.#source = source;
    if (this.closed) source.abort();
  }

  setAside(): void {
    this.#source?.setAside();
  }

  /** Ends it without a response: the upstream request at once, however long the client's side takes. */
  abandon(): void {
    this.drop();
    breakOff(this.response);
    this.#close();
  }

  /** Ends the upstream request: its response is not wanted any more. */
  drop(): void {
    const source = this.#source;
    this.#source = undefined;
    if (!this.#ended) source?.abort();
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.drop();
    this.#context.finished(this);
  }

  /** Sends 100 once, to a client that expects it, and any other to a client that knows them. */
  interim(status: number, fields: RawFields): void {
    if (status !== 100) sendInterim(this.response, status, fields);
    else if (!this.#continued && this.request.headers.expect !== undefined) {
      this.#continued = true;
      sendInterim(this.response, 100, fields);
    }
  }

  /**
   * Sends the head of the response, with the request's id, the time it took and the site's fields.
   * @param fields a flat list of names and values, duplicates allowed
   * @param upstreamTiming the Server-Timing of the tiers behind the edge, or ""
   */
  head(status: number, fields: RawFields, upstreamTiming: string): void {
    if (isEventStream(fields)) {
      if (!this.#context.long(this)) return;
      this.staysOpen = true;
      this.setAside();
    }
    this.#left = Number(fieldValue("content-length", fields) ?? Number.POSITIVE_INFINITY);
    if (this.#context.draining && !("stream" in this.response)) {
      this.response.shouldKeepAlive = false;
    }
    sendHead(this.response, status, this.#withOwnFields(fields, upstreamTiming));
  }

  /** Writes a piece of the body; false means: wait until it has drained. */
  data(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    this.#context.count(chunk.length);
    this.#left -= chunk.length;
    if (chunk.length === 0) {
      if (!("stream" in this.response)) this.response.flush();
      return true;
    }
    if (this.#left === 0) {
      this.#last = chunk;
      return true;
    }
    if (this.response.write(chunk)) return true;
    if (this.#source !== undefined && this.#pausedAt === 0) {
      this.#pausedAt = performance.now();
      this.response.once("drain", () => {
        this.#pausedAt = 0;
        this.#source?.resume();
      });
    }
    return false;
  }

  /** Resolves when there is room for more, or the client has left. */
  drained(): Promise<void> {
    if (this.closed) return Promise.resolve();
    const { response } = this;
    return new Promise((resolve) => {
      const settle = () => {
        response.off("drain", settle).off("close", settle);
        resolve();
      };
      response.on("drain", settle).on("close", settle);
    });
  }

  end(trailers: RawFields): void {
    this.#ended = true;
    endResponse(this.response, this.#last, trailers);
  }

  /** Breaks the connection or the stream: nothing else shows the client that the rest is missing. */
  fail(_cause: Error): void {
    breakOff(this.response);
  }

  /** Responds with 101; `begin` is called when the connection is free for the other protocol. */
  switchProtocols(fields: RawFields, upstreamTiming: string, begin: () => void): void {
    if ("stream" in this.response) throw new Error("HTTP/2 has no 101 (RFC 9113, section 8.6)");
    this.#ended = true;
    this.staysOpen = true;
    const all = [...fields, "Connection", "Upgrade", "Upgrade", "websocket"];
    this.response.switchProtocols(this.#withOwnFields(all, upstreamTiming), begin);
  }

  /** Sends a whole response; HEAD gets only its head. */
  respond(status: number, fields: RawFields, body: Buffer | undefined): void {
    this.head(status, fields, "");
    this.#ended = true;
    const sent = this.method === "HEAD" ? undefined : body;
    if (sent !== undefined && sent.length > PIECE) {
      void this.#send(sent);
      return;
    }
    this.bytes += sent?.length ?? 0;
    endResponse(this.response, sent, []);
  }

  #withOwnFields(fields: RawFields, upstreamTiming: string): string[] {
    const { timed } = this.#context;
    const elapsed = timed ? performance.now() - this.receivedAt : undefined;
    return withOwnFields(fields, upstreamTiming, elapsed, this, this.#context);
  }

  /** Sends a large body as the client reads it: TLS would keep a copy of all that is written. */
  async #send(body: Buffer): Promise<void> {
    for (let at = 0; at < body.length && !this.closed; at += PIECE) {
      const more = this.data(body.subarray(at, at + PIECE));
      if (!more && at + PIECE < body.length) await this.drained();
    }
    if (!this.closed) this.end([]);
  }
}

/** Bytes that are written at once. */
const PIECE = 64 * 1024;

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Duplex, Readable, Writable } from "node:stream";
import type { ClientSide, RawFields, TrustedPeers } from "@gatehouse/http";
import { requestId, timingEntry, traceparent } from "@gatehouse/telemetry";
import { clientOf } from "./client-of.ts";
import { sendInterim, sendTrailers } from "./interim.ts";
import type { ResponseSink, ResponseSource } from "./response-sink.ts";

export type Incoming = IncomingMessage | Http2ServerRequest;
export type Outgoing = ServerResponse | Http2ServerResponse;

/** Who made the answer: the edge itself, its disk, its cache, or the application. */
export type ServedBy = "edge" | "files" | "cache" | "application";

/** A connection that its client wants to use for something else than HTTP. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What the client has already sent of it. */
  readonly head: Buffer;
}

/** What holds for every exchange of an edge. */
export interface Terms {
  /** Whose word on the client is believed. */
  readonly trusted: TrustedPeers;
  /** Whether answers carry Server-Timing. */
  readonly timed: boolean;
  /** What every answer carries that does not say it itself: names in lower case, and values. */
  headers: ReadonlyMap<string, string>;
  /** The edge is leaving: answers ask their clients to come back on another connection. */
  draining: boolean;
  /** Told once of every exchange, when its connection or stream has done with it. */
  over(exchange: Exchange): void;
}

/**
 * One request and its answer, over HTTP/1.1 or HTTP/2. It is itself the sink of what the application
 * answers: on the common way nothing stands between the two.
 */
export class Exchange implements ResponseSink {
  readonly request: Incoming;
  readonly response: Outgoing;
  readonly receivedAt = performance.now();
  readonly client: ClientSide;
  readonly requestId: string;
  readonly traceparent: string;
  readonly #terms: Terms;
  #source: ResponseSource | undefined;
  servedBy: ServedBy = "edge";
  /** Where the request asks for an upgrade that the edge takes; only with a ServerResponse. */
  readonly upgrade: Upgrade | undefined;
  /** The route that it took, by its name in site.ts. */
  route: string | undefined;
  /** What the answer's Cache-Status says of our own cache. */
  cacheStatus: string | undefined;
  /** How many times a replica was tried. */
  attempts = 0;
  /** The replica that answered, or was tried last. */
  replica: string | undefined;
  /** When the request went to a replica, by performance.now(); 0 where it did not. */
  sentAt = 0;
  /** When the head of a replica's answer came; 0 where none did. */
  headAt = 0;
  bytes = 0;
  #closed = false;
  #ended = false;
  #continued = false;
  #paused = false;
  /** Bytes of a counted body that are still to come; Infinity where nobody counts. */
  #left = Number.POSITIVE_INFINITY;
  /** The last piece of a counted body: it goes out together with the end. */
  #last: Buffer | undefined;

  constructor(request: Incoming, response: Outgoing, terms: Terms, upgrade?: Upgrade) {
    this.upgrade = upgrade;
    this.request = request;
    this.response = response;
    this.#terms = terms;
    response.on("close", () => {
      this.#closed = true;
      if (!this.#ended) this.#source?.abort();
      terms.over(this);
    });
    this.client = clientOf(request, terms.trusted);
    const { headers } = request;
    const believed = terms.trusted.trusts(request.socket.remoteAddress);
    this.requestId = requestId(believed ? word(headers["x-request-id"]) : undefined);
    this.traceparent = traceparent(believed ? word(headers.traceparent) : undefined);
  }

  get method(): string {
    return this.request.method ?? "GET";
  }

  /** The request target in origin form, as it came. */
  get target(): string {
    return this.request.url ?? "/";
  }

  get rawHeaders(): RawFields {
    return this.request.rawHeaders;
  }

  get rawTrailers(): RawFields {
    return this.request.rawTrailers;
  }

  /** Whether the connection or the stream is gone: nobody waits for the answer any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the client had the whole answer before it left; known once the exchange is closed. */
  get complete(): boolean {
    if ("stream" in this.response) return this.#ended && this.response.stream.rstCode === 0;
    return this.response.writableFinished;
  }

  /** The request's body, where one follows its head. RFC 9112, section 6.3; RFC 9113, section 8.1. */
  get body(): Readable | undefined {
    return hasBody(this.request) ? this.request : undefined;
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
    if (this.#closed) source.abort();
  }

  /** 100 goes to a client that waits for it, and once; the others to whoever understands them. */
  interim(status: number, fields: RawFields): void {
    if (status !== 100) sendInterim(this.response, status, fields);
    else if (!this.#continued && this.request.headers.expect !== undefined) {
      this.#continued = true;
      if (!this.response.headersSent) this.response.writeContinue();
    }
  }

  /**
   * Sends the head of the answer, with the request's id, the time it took and the site's fields.
   * @param fields a flat list of names and values, duplicates allowed
   * @param upstreamTiming what the tiers behind the edge say of their time, or ""
   */
  head(status: number, fields: RawFields, upstreamTiming: string): void {
    const all = [...fields, "X-Request-ID", this.requestId];
    if (this.#terms.timed) {
      const own = timingEntry("web", performance.now() - this.receivedAt);
      all.push("Server-Timing", upstreamTiming === "" ? own : `${own}, ${upstreamTiming}`);
    }
    if (this.#terms.headers.size > 0) addMissing(all, this.#terms.headers);
    this.#left = lengthIn(fields);
    if ("stream" in this.response) {
      for (let index = 0; index < all.length; index += 2) {
        this.response.appendHeader(all[index] ?? "", all[index + 1] ?? "");
      }
      this.response.writeHead(status);
    } else {
      if (this.#terms.draining) this.response.shouldKeepAlive = false;
      this.response.writeHead(status, all);
    }
  }

  /** Writes a piece of the body; false means: wait until it has drained. */
  data(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    this.#left -= chunk.length;
    if (chunk.length === 0) {
      // Over HTTP/2 it has gone out already.
      if (!("stream" in this.response)) this.response.flushHeaders();
      return true;
    }
    if (this.#left === 0) {
      this.#last = chunk;
      return true;
    }
    const sink: Writable = this.response;
    if (sink.write(chunk)) return true;
    if (this.#source !== undefined && !this.#paused) {
      this.#paused = true;
      sink.once("drain", () => {
        this.#paused = false;
        this.#source?.resume();
      });
    }
    return false;
  }

  /** Resolves when the client has taken what was written, or has gone. */
  drained(): Promise<void> {
    return this.#until("drain");
  }

  /** Resolves when the answers to earlier requests of a pipeline are out, or the client has gone. */
  async turn(): Promise<void> {
    if (!("stream" in this.response) && this.response.socket === null) await this.#until("socket");
  }

  #until(event: "drain" | "socket"): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const { response } = this;
    return new Promise((resolve) => {
      const settle = () => {
        response.off(event, settle).off("close", settle);
        resolve();
      };
      response.on(event, settle).on("close", settle);
    });
  }

  end(trailers: RawFields): void {
    this.#ended = true;
    if (trailers.length > 0) sendTrailers(this.response, trailers);
    endWith(this.response, this.#last);
  }

  /** Only a broken connection can tell the client that the rest is missing. */
  fail(_cause: Error): void {
    this.response.destroy();
  }

  /** Answers 101; `begins` is called when the connection is free for what follows. */
  switchProtocols(fields: RawFields, upstreamTiming: string, begins: () => void): void {
    this.#ended = true;
    this.response.once("finish", begins);
    this.head(101, [...fields, "Connection", "Upgrade", "Upgrade", "websocket"], upstreamTiming);
    this.response.end();
  }

  /** Sends a whole answer that the edge has at hand; HEAD gets only its head. */
  respond(status: number, fields: RawFields, body: Buffer | undefined): void {
    this.head(status, fields, "");
    this.#ended = true;
    const sent = this.method === "HEAD" ? undefined : body;
    this.bytes += sent?.length ?? 0;
    endWith(this.response, sent);
  }
}

/**
 * Up to here a body is as cheap to copy into one write with its head as to write beside it. At 14 KB
 * the copy was measured to cost 5 us more.
 */
const SMALL_BODY = 4 * 1024;

/** Ends an answer with the last of its body, in one write with its head where that waits for it. */
function endWith(response: Outgoing, last: Buffer | undefined): void {
  if (last === undefined) response.end();
  else if ("stream" in response || last.length > SMALL_BODY) response.end(last);
  // latin1 keeps every byte, and Node joins a string to the head's.
  else response.end(last.toString("latin1"), "latin1");
}

/** What Content-Length says in a flat list of fields; Infinity where there is none. */
function lengthIn(fields: RawFields): number {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (name.length === 14 && name.toLowerCase() === "content-length")
      return Number(fields[at + 1]);
  }
  return Number.POSITIVE_INFINITY;
}

function hasBody(request: Incoming): boolean {
  if ("stream" in request) return !request.stream.endAfterHeaders;
  const { headers } = request;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > 0;
}

function addMissing(fields: string[], wanted: ReadonlyMap<string, string>): void {
  const said = new Set(fields.map((word, at) => (at % 2 === 0 ? word.toLowerCase() : "")));
  for (const [name, value] of wanted) if (!said.has(name)) fields.push(name, value);
}

function word(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

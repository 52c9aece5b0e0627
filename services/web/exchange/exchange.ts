import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { TLSSocket } from "node:tls";
import {
  type ClientSide,
  clientSide,
  fieldValue,
  type RawFields,
  type TrustedPeers,
} from "@gatehouse/http";
import { requestId, timingEntry, traceparent } from "@gatehouse/telemetry";
import type { Upgrade } from "../http1/request.ts";
import { isLocalName } from "../site/hsts.ts";
import {
  bodyOf,
  type ClientRequest,
  type ClientResponse,
  endResponse,
  sendHead,
  sendInterim,
} from "./http-versions.ts";
import type { ResponseSink, ResponseSource } from "./response-sink.ts";

/** What made the response: the edge itself, its disk, its cache, or the application. */
export type ServedBy = "edge" | "files" | "cache" | "application";

export interface ExchangeContext {
  readonly trusted: TrustedPeers;
  readonly timed: boolean;
  /** Fields that every response gets which does not have them: names in lower case, and values. */
  headers: ReadonlyMap<string, string>;
  /** Strict-Transport-Security over HTTPS; undefined for none. */
  hsts?: string | undefined;
  /** Whether responses of HTTP/1.1 close their connections. */
  draining: boolean;
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
  readonly requestId: string;
  readonly traceparent: string;
  readonly #context: ExchangeContext;
  #source: ResponseSource | undefined;
  servedBy: ServedBy = "edge";
  /** The name of the route by which it went to the cache or the application. */
  route: string | undefined;
  /** Our member of the response's Cache-Status. */
  cacheStatus: string | undefined;
  attempts = 0;
  replica: string | undefined;
  /** When it was sent to a replica, and the response's head received, by performance.now(); or 0. */
  sentAt = 0;
  headAt = 0;
  bytes = 0;
  closed = false;
  #ended = false;
  #continued = false;
  #paused = false;
  /** Bytes of a body with Content-Length that are still to come; Infinity for other bodies. */
  #left = Number.POSITIVE_INFINITY;
  /** The last piece of a body with Content-Length: it goes out together with the end. */
  #last: Buffer | undefined;

  constructor(request: ClientRequest, response: ClientResponse, context: ExchangeContext) {
    this.upgrade = "stream" in request ? undefined : request.upgrade;
    this.request = request;
    this.response = response;
    this.#context = context;
    response.on("close", () => {
      this.closed = true;
      if (!this.#ended) this.#source?.abort();
      context.finished(this);
    });
    const { headers, socket } = request;
    const believed = context.trusted.trusts(socket.remoteAddress);
    this.client = clientOf(request, context.trusted, believed);
    this.requestId = requestId(believed ? single(headers["x-request-id"]) : undefined);
    this.traceparent = traceparent(believed ? single(headers.traceparent) : undefined);
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
    if ("stream" in this.response) return this.#ended && this.response.stream.rstCode === 0;
    return this.response.writableFinished;
  }

  get body(): Readable | undefined {
    return bodyOf(this.request);
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
    this.#left = Number(fieldValue("content-length", fields) ?? Number.POSITIVE_INFINITY);
    if (this.#context.draining && !("stream" in this.response)) {
      this.response.shouldKeepAlive = false;
    }
    sendHead(this.response, status, this.#withOwnFields(fields, upstreamTiming));
  }

  /** Writes a piece of the body; false means: wait until it has drained. */
  data(chunk: Buffer): boolean {
    this.bytes += chunk.length;
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
    if (this.#source !== undefined && !this.#paused) {
      this.#paused = true;
      this.response.once("drain", () => {
        this.#paused = false;
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
    this.response.destroy();
  }

  /** Responds with 101; `begin` is called when the connection is free for the other protocol. */
  switchProtocols(fields: RawFields, upstreamTiming: string, begin: () => void): void {
    if ("stream" in this.response) throw new Error("HTTP/2 has no 101 (RFC 9113, section 8.6)");
    this.#ended = true;
    const all = [...fields, "Connection", "Upgrade", "Upgrade", "websocket"];
    this.response.switchProtocols(this.#withOwnFields(all, upstreamTiming), begin);
  }

  /** Sends a whole response; HEAD gets only its head. */
  respond(status: number, fields: RawFields, body: Buffer | undefined): void {
    this.head(status, fields, "");
    this.#ended = true;
    const sent = this.method === "HEAD" ? undefined : body;
    this.bytes += sent?.length ?? 0;
    endResponse(this.response, sent, []);
  }

  #withOwnFields(fields: RawFields, upstreamTiming: string): string[] {
    const { headers, hsts, timed } = this.#context;
    const all = [...fields, "X-Request-ID", this.requestId];
    if (timed) {
      const own = timingEntry("web", performance.now() - this.receivedAt);
      all.push("Server-Timing", upstreamTiming === "" ? own : `${own}, ${upstreamTiming}`);
    }
    if (headers.size > 0) addMissing(all, headers);
    // RFC 6797, 7.2: over HTTPS alone. And no name that other sites of the client have, too.
    if (hsts !== undefined && this.client.scheme === "https" && !isLocalName(this.client.host)) {
      addMissing(all, new Map([["strict-transport-security", hsts]]));
    }
    return all;
  }
}

/** The client of a connection's last request: nearly always that of the next one too. */
const lastClient = new WeakMap<Socket, ClientSide>();

function clientOf(request: ClientRequest, trusted: TrustedPeers, believed: boolean): ClientSide {
  const { headers, socket } = request;
  const host =
    "stream" in request ? (single(headers[":authority"]) ?? headers.host ?? "") : request.host;
  const known = believed ? undefined : lastClient.get(socket);
  if (known !== undefined && known.host === host) return known;
  const connection = {
    peer: socket.remoteAddress ?? "",
    encrypted: socket instanceof TLSSocket,
    host,
    localAddress: socket.localAddress ?? "",
    localPort: socket.localPort ?? 0,
  };
  const client = clientSide(connection, headers, trusted);
  if (!believed) lastClient.set(socket, client);
  return client;
}

function addMissing(fields: string[], wanted: ReadonlyMap<string, string>): void {
  const present = new Set(fields.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : "")));
  for (const [name, value] of wanted) if (!present.has(name)) fields.push(name, value);
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

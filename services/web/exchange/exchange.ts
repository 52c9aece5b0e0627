import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Writable } from "node:stream";
import { TLSSocket } from "node:tls";
import { type ClientSide, clientSide, type TrustedPeers } from "@gatehouse/http";
import { requestId, timingEntry, traceparent } from "@gatehouse/telemetry";

export type Incoming = IncomingMessage | Http2ServerRequest;
export type Outgoing = ServerResponse | Http2ServerResponse;

/** Who made the answer: the edge itself, its disk, or the application. */
export type ServedBy = "edge" | "files" | "application";

/** What holds for every exchange of an edge. */
export interface Terms {
  /** Whose word on the client is believed. */
  readonly trusted: TrustedPeers;
  /** Whether answers carry Server-Timing. */
  readonly timed: boolean;
  /** The edge is leaving: answers ask their clients to come back on another connection. */
  draining: boolean;
}

/** One request and its answer, over HTTP/1.1 or HTTP/2. */
export class Exchange {
  readonly request: Incoming;
  readonly response: Outgoing;
  readonly receivedAt = performance.now();
  readonly client: ClientSide;
  readonly requestId: string;
  readonly traceparent: string;
  readonly #terms: Terms;
  servedBy: ServedBy = "edge";
  /** The replica that answered, or was tried last. */
  replica: string | undefined;
  bytes = 0;
  #closed = false;
  #ended = false;

  constructor(request: Incoming, response: Outgoing, terms: Terms) {
    this.request = request;
    this.response = response;
    this.#terms = terms;
    response.once("close", () => {
      this.#closed = true;
    });
    const { headers, socket } = request;
    const peer = socket.remoteAddress ?? "";
    const believed = terms.trusted.trusts(peer);
    const connection = {
      peer,
      encrypted: socket instanceof TLSSocket,
      host: word(headers[":authority"]) ?? headers.host ?? "",
      localAddress: socket.localAddress ?? "",
      localPort: socket.localPort ?? 0,
    };
    this.client = clientSide(connection, headers, terms.trusted);
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

  /** Whether the connection or the stream is gone: nobody waits for the answer any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the client had the whole answer before it left; known once the exchange is closed. */
  get complete(): boolean {
    if ("stream" in this.response) return this.#ended && this.response.stream.rstCode === 0;
    return this.response.writableFinished;
  }

  /** Whether a body follows the request's head. RFC 9112, section 6.3; RFC 9113, section 8.1. */
  get hasBody(): boolean {
    if (isHttp2(this.request)) return !this.request.stream.endAfterHeaders;
    const { headers } = this.request;
    return headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > 0;
  }

  /**
   * Sends the head of the answer.
   * @param fields a flat list of names and values, duplicates allowed
   * @param upstreamTiming what the tiers behind the edge say of their time, or ""
   */
  writeHead(status: number, fields: readonly string[], upstreamTiming: string): void {
    const all = [...fields, "X-Request-ID", this.requestId];
    if (this.#terms.timed) {
      const own = timingEntry("web", performance.now() - this.receivedAt);
      all.push("Server-Timing", upstreamTiming === "" ? own : `${own}, ${upstreamTiming}`);
    }
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
  write(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    const sink: Writable = this.response;
    return sink.write(chunk);
  }

  /** Resolves when the client has taken what was written, or has gone. */
  async drained(): Promise<void> {
    const settled = new AbortController();
    const { signal } = settled;
    await Promise.race([
      once(this.response, "drain", { signal }),
      once(this.response, "close", { signal }),
    ]).finally(() => settled.abort());
  }

  end(body: Buffer | undefined): void {
    this.#ended = true;
    if (body === undefined) {
      this.response.end();
      return;
    }
    this.bytes += body.length;
    this.response.end(body);
  }
}

function isHttp2(request: Incoming): request is Http2ServerRequest {
  return "stream" in request;
}

function word(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import {
  type ClientSide,
  connectionOptions,
  FORWARDED_HEADERS,
  fieldValue,
  forwardedFields,
  isHopByHop,
  type RawFields,
  Remembered,
} from "@gatehouse/http";
import type { Span } from "@gatehouse/telemetry";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Release } from "../exchange/exchange.ts";
import type { ResponseSink } from "../exchange/response-sink.ts";
import type { Replica } from "../replicas/replica.ts";
import type { ResponseHead } from "../replicas/response-head.ts";
import type { RouteTimeouts } from "../site/site.ts";
import { fieldLines, type RequestBody } from "./request-body.ts";

/** What the proxy needs of a request: that of an exchange, or one that the cache made. */
export interface ProxiedRequest {
  readonly method: string;
  /** In origin form. */
  readonly target: string;
  readonly rawHeaders: RawFields;
  readonly body: Readable | undefined;
  /** Bytes of it that are kept in memory until the upstream response is over; undefined where they are not counted. */
  keptBytes?: number;
  /** Known once the body has ended. */
  readonly rawTrailers: RawFields;
  readonly client: ClientSide;
  /** The same object for all requests of a client's connection. */
  readonly connection: object;
  readonly requestId: string;
  readonly traceparent: string;
  /** Of which its attempts are children; undefined where no traces are sent. */
  readonly span: Span | undefined;
  /** The key that decides which replica gets it; undefined for any. */
  readonly affinity: string | undefined;
  /** The release that its client has; undefined is the one that runs. */
  readonly release: Release | undefined;
  /** For the access log: an attempt begins. */
  attempt(replica: string): void;
  sent(): void;
  headReceived(): void;
}

/** Milliseconds, Infinity for any time. */
export type Timeouts = Required<RouteTimeouts>;

/** One request to the application, with all its attempts. */
export interface UpstreamRequest {
  readonly request: ProxiedRequest;
  readonly body: RequestBody | undefined;
  /** Whether the replica sends 100 Continue before the client sends its body. */
  readonly expectsContinue: boolean;
  /** For a WebSocket handshake: takes the replica's 101 and its socket. */
  readonly upgraded: ((head: ResponseHead, upstream: Socket) => void) | undefined;
  readonly sink: ResponseSink;
  readonly timeouts: Timeouts;
  /** When all of it must be over, by performance.now(). */
  readonly deadline: number;
  /** The response is over: complete, broken off behind its head, or switched to a tunnel. */
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
  /** Replicas whose attempts failed; made when there is one. */
  tried: Set<Replica> | undefined;
  /**
   * Whether an attempt was sent, and its connection closed without any byte of a response: its worker
   * may have died of it. (Or it was a kept connection that its replica closed at the same moment; RFC
   * 9112, section 9.3.1. Nothing shows the difference.)
   */
  suspect: boolean;
  /** Whether it was taken from a silent replica to another one, which is done once. */
  moved: boolean;
  failure: EdgeError | undefined;
}

/** Fields of requests: those that name the client, the request or its host are written by the edge. */
const requestFields = new Remembered((name) => {
  const key = name.toLowerCase();
  if (key === "connection" || key === "content-length" || key === "cookie") return key;
  if (key === "host" || key === "expect" || key.startsWith(":")) return "ours";
  if (FORWARDED_HEADERS.has(key)) return "ours";
  return isHopByHop(key, NO_OPTIONS) ? "hop by hop" : "end to end";
});

/** When performance.now() was 0, in milliseconds since the epoch. */
const ORIGIN = performance.timeOrigin;
const NO_OPTIONS: ReadonlySet<string> = new Set();
/** What latin1 would turn into another byte, such as U+010A into a line feed. */
const BEYOND_LATIN1 = /[^\0-\xff]/;

/**
 * The head that a gateway gets: the request's own fields without the hop-by-hop ones, with one Host,
 * one framing and the forwarded fields, which the edge writes itself.
 * @param traceparent names the attempt that sends it
 * @throws EdgeError 400 for a character that no HTTP/1.1 field can have.
 */
export function requestHead(upstream: UpstreamRequest, traceparent: string): string {
  const { request, body } = upstream;
  let head = `${request.method} ${request.target} HTTP/1.1\r\n${clientLines(request.client)}`;
  if (upstream.upgraded !== undefined) head += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  head += ownLines(request.rawHeaders, body !== undefined, NO_OPTIONS);
  if (body !== undefined) {
    head +=
      body.length === undefined
        ? "Transfer-Encoding: chunked\r\n"
        : `Content-Length: ${body.length}\r\n`;
  }
  if (request.affinity !== undefined) head += `X-Affinity-Key: ${request.affinity}\r\n`;
  if (upstream.expectsContinue) head += "Expect: 100-continue\r\n";
  head +=
    `X-Request-ID: ${request.requestId}\r\ntraceparent: ${traceparent}\r\n` +
    `X-Request-Start: t=${(ORIGIN + performance.now()).toFixed(3)}\r\n\r\n`;
  if (BEYOND_LATIN1.test(head)) {
    throw new EdgeError("bad-request", 400, "The request has characters that no field may have.");
  }
  return head;
}

/** By client, which is the same object for all requests of a connection. */
const linesOfClients = new WeakMap<ClientSide, string>();

function clientLines(client: ClientSide): string {
  const known = linesOfClients.get(client);
  if (known !== undefined) return known;
  const lines = `Host: ${client.host}\r\n${fieldLines(forwardedFields(client))}`;
  linesOfClients.set(client, lines);
  return lines;
}

/**
 * The values of a field's lines as `requestHead` writes them for a request without a body: what the
 * application sees of it, in the order of the lines.
 * @param name in lower case; of a field that is the same for an equal request, such as no X-Request-ID
 */
export function sentValues(
  name: string,
  { rawHeaders, client }: Pick<ProxiedRequest, "rawHeaders" | "client">,
): string[] {
  const kind = requestFields.of(name);
  if (kind === "ours") {
    return name === "host" ? [client.host] : valuesOf(name, forwardedFields(client));
  }
  if (kind === "hop by hop" || kind === "connection") return [];
  const options = connectionOptions(fieldValue("connection", rawHeaders)?.toLowerCase());
  if (kind === "content-length") return valuesOf(name, rawHeaders).filter((value) => value === "0");
  if (options.has(name)) return [];
  const values = valuesOf(name, rawHeaders);
  if (kind !== "cookie") return values;
  const cookies = values.reduce(withCookie, "");
  return cookies === "" ? [] : [cookies];
}

function withCookie(cookies: string, value: string): string {
  return cookies === "" ? value : `${cookies}; ${value}`;
}

function valuesOf(name: string, fields: RawFields): string[] {
  const values: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const each = fields[at] ?? "";
    if (each.length !== name.length || each.toLowerCase() !== name) continue;
    values.push(fields[at + 1] ?? "");
  }
  return values;
}

/** @param named what Connection lists, in lower case; empty until a Connection field is found */
function ownLines(rawHeaders: RawFields, hasBody: boolean, named: ReadonlySet<string>): string {
  let lines = "";
  let cookies = "";
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    switch (requestFields.of(name)) {
      case "end to end":
        if (named.size === 0 || !named.has(name.toLowerCase())) {
          lines += `${name}: ${value}\r\n`;
        }
        break;
      // HTTP/2 may split a cookie over fields; HTTP/1.1 has one (RFC 9113, section 8.2.3).
      case "cookie":
        if (!named.has("cookie")) cookies = withCookie(cookies, value);
        break;
      case "content-length":
        if (!hasBody && value === "0") lines += "Content-Length: 0\r\n";
        break;
      case "connection": {
        if (named.size > 0) break;
        // Rare: begin again, since a named field may stand before Connection.
        const options = connectionOptions(fieldValue("connection", rawHeaders)?.toLowerCase());
        if (options.size > 0) return ownLines(rawHeaders, hasBody, options);
        break;
      }
    }
  }
  return cookies === "" ? lines : `${lines}Cookie: ${cookies}\r\n`;
}

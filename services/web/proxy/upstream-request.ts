import {
  type ClientSide,
  connectionOptions,
  forwardedFields,
  type RawFields,
} from "@gatehouse/http";
import { EdgeError } from "../exchange/edge-error.ts";
import { requestFields } from "./field-kinds.ts";
import type { ProxiedRequest } from "./proxied-request.ts";

/** What of a request's body its head must say. */
interface Framing {
  /** Bytes, where they are known; otherwise the body goes chunked. */
  readonly length: number | undefined;
}

/** What latin1 would fold into another byte, such as U+010A into a line's end. */
const BEYOND_LATIN1 = /[^\0-\xff]/;

/**
 * The head with which a request goes on to the gateway: what came, without what was meant for this
 * hop or is ours to say, with one Host, one framing and the forwarded fields told anew.
 * @param asksFirst whether the gateway is asked for its 100 Continue
 * @param hop field lines for the hop to the gateway
 * @throws EdgeError 400 for a character that no HTTP/1.1 field can have.
 */
export function requestHead(
  request: ProxiedRequest,
  body: Framing | undefined,
  asksFirst: boolean,
  hop = "",
): string {
  let head = `${request.method} ${request.target} HTTP/1.1\r\n${clientLines(request.client)}${hop}`;
  head += ownFields(request.rawHeaders, body !== undefined, NO_OPTIONS);
  if (body !== undefined) {
    head +=
      body.length === undefined
        ? "Transfer-Encoding: chunked\r\n"
        : `Content-Length: ${body.length}\r\n`;
  }
  if (asksFirst) head += "Expect: 100-continue\r\n";
  head +=
    `X-Request-ID: ${request.requestId}\r\ntraceparent: ${request.traceparent}\r\n` +
    `X-Request-Start: t=${(ORIGIN + performance.now()).toFixed(3)}\r\n\r\n`;
  if (BEYOND_LATIN1.test(head)) {
    throw new EdgeError("bad-request", 400, "The request has characters that no field may have.");
  }
  return head;
}

/** The moment from which performance.now() counts, in milliseconds since the epoch. */
const ORIGIN = performance.timeOrigin;
const NO_OPTIONS: ReadonlySet<string> = new Set();

/** The lines that tell of a client, for as long as it is the same object: a connection's time. */
const toldClients = new WeakMap<ClientSide, string>();

/** Host and the forwarded fields. */
function clientLines(client: ClientSide): string {
  const told = toldClients.get(client);
  if (told !== undefined) return told;
  let lines = `Host: ${client.host}\r\n`;
  const fields = forwardedFields(client);
  for (let at = 0; at < fields.length; at += 2) lines += `${fields[at]}: ${fields[at + 1]}\r\n`;
  toldClients.set(client, lines);
  return lines;
}

/**
 * The request's own fields that go on.
 * @param forThisHop what Connection lists, in lower case; empty at first
 */
function ownFields(
  rawHeaders: RawFields,
  hasBody: boolean,
  forThisHop: ReadonlySet<string>,
): string {
  let lines = "";
  let cookies = "";
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    switch (requestFields.of(name)) {
      case "end to end":
        if (forThisHop.size === 0 || !forThisHop.has(name.toLowerCase())) {
          lines += `${name}: ${value}\r\n`;
        }
        break;
      // HTTP/2 may split a cookie over fields; HTTP/1.1 has one (RFC 9113, section 8.2.3).
      case "cookie":
        if (!forThisHop.has("cookie")) cookies = cookies === "" ? value : `${cookies}; ${value}`;
        break;
      case "content-length":
        if (!hasBody && value === "0") lines += "Content-Length: 0\r\n";
        break;
      case "connection": {
        if (forThisHop.size > 0) break;
        // Rare: the list may stand behind a field that it names.
        const options = connectionOptions(listed("connection", rawHeaders)?.toLowerCase());
        if (options.size > 0) return ownFields(rawHeaders, hasBody, options);
        break;
      }
    }
  }
  return cookies === "" ? lines : `${lines}Cookie: ${cookies}\r\n`;
}

/** All values of a field as one list, or undefined where the message has none. */
export function listed(key: string, fields: RawFields): string | undefined {
  let list: string | undefined;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? "";
    if (name.length !== key.length || name.toLowerCase() !== key) continue;
    list = list === undefined ? fields[at + 1] : `${list},${fields[at + 1]}`;
  }
  return list;
}

import {
  connectionOptions,
  FORWARDED_HEADERS,
  forwardedFields,
  isHopByHop,
  type RawFields,
} from "@gatehouse/http";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Forwardable } from "./forwardable.ts";

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
  request: Forwardable,
  body: Framing | undefined,
  asksFirst: boolean,
  hop = "",
): string {
  let head = `${request.method} ${request.target} HTTP/1.1\r\nHost: ${request.client.host}\r\n`;
  head += hop + ownFields(request, body !== undefined);
  if (body !== undefined) {
    head +=
      body.length === undefined
        ? "Transfer-Encoding: chunked\r\n"
        : `Content-Length: ${body.length}\r\n`;
  }
  if (asksFirst) head += "Expect: 100-continue\r\n";
  const told = forwardedFields(request.client);
  for (let at = 0; at < told.length; at += 2) head += `${told[at]}: ${told[at + 1]}\r\n`;
  const now = performance.timeOrigin + performance.now();
  head +=
    `X-Request-ID: ${request.requestId}\r\ntraceparent: ${request.traceparent}\r\n` +
    `X-Request-Start: t=${now.toFixed(3)}\r\n\r\n`;
  if (BEYOND_LATIN1.test(head)) {
    throw new EdgeError("bad-request", 400, "The request has characters that no field may have.");
  }
  return head;
}

/** The request's own fields that go on. */
function ownFields({ rawHeaders }: Forwardable, hasBody: boolean): string {
  const forThisHop = connectionOptions(listed("connection", rawHeaders));
  let lines = "";
  let cookies = "";
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    const key = name.toLowerCase();
    // HTTP/2 may split a cookie over fields; HTTP/1.1 has one (RFC 9113, section 8.2.3).
    if (key === "cookie") cookies = cookies === "" ? value : `${cookies}; ${value}`;
    else if (key === "content-length") {
      if (!hasBody && value === "0") lines += "Content-Length: 0\r\n";
    } else if (!isOurs(key) && !isHopByHop(key, forThisHop)) lines += `${name}: ${value}\r\n`;
  }
  return cookies === "" ? lines : `${lines}Cookie: ${cookies}\r\n`;
}

/** Fields of the request that the edge itself writes, or has already acted upon. */
function isOurs(key: string): boolean {
  return key === "host" || key === "expect" || key.startsWith(":") || FORWARDED_HEADERS.has(key);
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

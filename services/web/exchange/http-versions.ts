import { constants } from "node:http2";
import type { Incoming, Outgoing, RawFields } from "@gatehouse/http";

/** Whether a body follows the head. RFC 9112, section 6.3; RFC 9113, section 8.1. */
export function hasBody(request: Incoming): boolean {
  if ("stream" in request) return !request.stream.endAfterHeaders;
  const { headers } = request;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > 0;
}

/** Sends an interim response, where the client's version of HTTP has them (RFC 9110, section 15.2). */
export function sendInterim(response: Outgoing, status: number, fields: RawFields): void {
  if (response.headersSent) return;
  if ("stream" in response) {
    if (response.stream.closed) return;
    response.stream.additionalHeaders({ ...valuesByName(fields), ":status": status });
  } else if (response.req.httpVersion === "1.1") {
    response.writeInformation(status, [...fields]);
  }
}

export function sendHead(response: Outgoing, status: number, fields: string[]): void {
  if ("stream" in response) {
    for (let index = 0; index < fields.length; index += 2) {
      response.appendHeader(fields[index] ?? "", fields[index + 1] ?? "");
    }
    response.writeHead(status);
  } else {
    response.writeHead(status, fields);
  }
}

/** Bytes; a larger body costs more to copy into one write with its head than a second write. */
const SMALL_BODY = 4 * 1024;

/** Ends a response with the last of its body, in one write with its head where that still waits. */
export function endResponse(response: Outgoing, last: Buffer | undefined): void {
  if (last === undefined) response.end();
  else if ("stream" in response || last.length > SMALL_BODY) response.end(last);
  // latin1 keeps every byte, and Node joins a string to the head's.
  else response.end(last.toString("latin1"), "latin1");
}

/** Breaks a response off. What still waits to be sent is dropped: the client may never read it. */
export function breakOff(response: Outgoing): void {
  if ("stream" in response) {
    // Its RST_STREAM would wait for the client too, and the stream for that; hence both.
    response.stream.close(constants.NGHTTP2_CANCEL);
    response.stream.destroy();
  } else response.destroy();
}

/** Bytes of a request's body and of its response that are in memory and wait. */
export function waitingBytes(request: Incoming, response: Outgoing): number {
  const bytes = request.readableLength + response.writableLength;
  return "stream" in request ? bytes + request.stream.readableLength : bytes;
}

/** Sends the trailers with the end of the body; call it before `endResponse`. */
export function addTrailers(response: Outgoing, trailers: RawFields): void {
  // Node lists array trailers as pairs; HTTP/2 takes an object.
  if ("stream" in response) response.addTrailers(valuesByName(trailers));
  else if (response.chunkedEncoding) response.addTrailers(pairs(trailers));
}

function pairs(fields: RawFields): [string, string][] {
  const list: [string, string][] = [];
  for (let at = 0; at < fields.length; at += 2) list.push([fields[at] ?? "", fields[at + 1] ?? ""]);
  return list;
}

function valuesByName(fields: RawFields): Record<string, string[]> {
  // Without a prototype: a field may be called __proto__.
  const all: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs(fields)) {
    const key = name.toLowerCase();
    all[key] = [...(all[key] ?? []), value];
  }
  return all;
}

import {
  constants,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from "node:http2";
import { closeAfter, type RawFields } from "@gatehouse/http";
import type { Http1Request } from "../http1/request.ts";
import type { Http1Response } from "../http1/response.ts";

/** A request and its response, as the version of HTTP of the client has them. */
export type ClientRequest = Http1Request | Http2ServerRequest;
export type ClientResponse = Http1Response | Http2ServerResponse;

/** The body of a request; undefined where none follows the head. RFC 9113, section 8.1. */
export function bodyOf(request: ClientRequest) {
  if (!("stream" in request)) return request.body;
  return request.stream.endAfterHeaders ? undefined : request;
}

/** Sends an interim response, where the client's version of HTTP has them (RFC 9110, section 15.2). */
export function sendInterim(response: ClientResponse, status: number, fields: RawFields): void {
  if (!("stream" in response)) response.interim(status, fields);
  else if (status === 100) response.writeContinue();
  else if (!response.headersSent && !response.stream.closed) {
    response.stream.additionalHeaders({ ...valuesByName(fields), ":status": status });
  }
}

export function sendHead(response: ClientResponse, status: number, fields: string[]): void {
  if ("stream" in response) {
    for (let index = 0; index < fields.length; index += 2) {
      response.appendHeader(fields[index] ?? "", fields[index + 1] ?? "");
    }
    response.writeHead(status);
  } else {
    response.writeHead(status, fields);
  }
}

/** Ends a response with the last of its body and, where its framing has them, with trailers. */
export function endResponse(
  response: ClientResponse,
  last: Buffer | undefined,
  trailers: RawFields,
): void {
  if (!("stream" in response)) {
    response.end(last, trailers);
    return;
  }
  if (trailers.length > 0) response.addTrailers(valuesByName(trailers));
  if (last === undefined) response.end();
  else response.end(last);
}

/**
 * Whether a stream that has closed has sent its whole response. A client may reset it with any code,
 * NO_ERROR too (RFC 9113, section 5.4.2), which Node does not distinguish from an end.
 */
export function isWhole({ rstCode, aborted, writableFinished }: ServerHttp2Stream): boolean {
  return rstCode === constants.NGHTTP2_NO_ERROR && !aborted && writableFinished;
}

/** Makes this the last response of its connection; over HTTP/2, cuts the rest of the request off. */
export function refuseFurther(response: ClientResponse): void {
  if ("stream" in response) closeAfter(response);
  else response.shouldKeepAlive = false;
}

/** Breaks a response off. What still waits to be sent is dropped: the client may never read it. */
export function breakOff(response: ClientResponse): void {
  if ("stream" in response) {
    // Its RST_STREAM would wait for the client too, and the stream for that; hence both.
    response.stream.close(constants.NGHTTP2_CANCEL);
    response.stream.destroy();
  } else response.destroy();
}

/** Bytes that are in memory and wait: of a request's body, of its response, and behind the request. */
export function waitingBytes(request: ClientRequest, response: ClientResponse): number {
  if (!("stream" in request)) {
    return request.readableLength + request.bytesAhead + response.writableLength;
  }
  return request.readableLength + request.stream.readableLength + response.writableLength;
}

function valuesByName(fields: RawFields): Record<string, string[]> {
  // Without a prototype: a field may be called __proto__.
  const all: Record<string, string[]> = Object.create(null);
  for (let at = 0; at < fields.length; at += 2) {
    const key = (fields[at] ?? "").toLowerCase();
    all[key] = [...(all[key] ?? []), fields[at + 1] ?? ""];
  }
  return all;
}

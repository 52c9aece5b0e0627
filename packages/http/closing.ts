import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";

/** A request over HTTP/1 or HTTP/2, as Node's servers hand it out. */
export type Incoming = IncomingMessage | Http2ServerRequest;
export type Outgoing = ServerResponse | Http2ServerResponse;

/**
 * How long what a client still sends is read and thrown away, in milliseconds. A close while bytes
 * are on their way resets the connection, and the client may never read why (RFC 9112, 9.6).
 */
const LINGER = 2000;

const closing = new WeakSet<Socket>();

/** Whether the last request of this connection has come: nothing after it is listened to. */
export function isClosing(socket: Socket): boolean {
  return closing.has(socket);
}

/** Makes this the last answer of a connection; over HTTP/2 of a stream, whose body is cut off. */
export function lastAnswer(response: Outgoing): void {
  if ("stream" in response) {
    const { stream } = response;
    // RFC 9113, section 8.1: the answer is whole, and no more of the request is wanted.
    stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
    return;
  }
  response.shouldKeepAlive = false;
  closeInStages(response.req.socket);
}

/** Listens to no further request of a connection. */
export function closeInStages(socket: Socket): void {
  closing.add(socket);
  waitAtTheEnd(socket);
}

/**
 * Has the close of a connection, which Node begins after its last answer, wait for the client,
 * whoever decided that it was the last: a client that asked for the close may still be sending.
 */
export function waitAtTheEnd(socket: Socket): void {
  if (socket.destroySoon !== endInStages) socket.destroySoon = endInStages;
}

function endInStages(this: Socket): void {
  closing.add(this);
  this.end();
  this.resume();
  const cut = setTimeout(() => this.destroy(), LINGER);
  this.once("close", () => clearTimeout(cut));
}

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

/**
 * Listens to no further request of a connection, and has its close, which Node begins after the
 * last answer, wait for the client.
 */
export function closeInStages(socket: Socket): void {
  closing.add(socket);
  socket.destroySoon = () => {
    socket.end();
    socket.resume();
    const cut = setTimeout(() => socket.destroy(), LINGER);
    socket.once("close", () => clearTimeout(cut));
  };
}

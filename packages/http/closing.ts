import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";

export type Incoming = IncomingMessage | Http2ServerRequest;
export type Outgoing = ServerResponse | Http2ServerResponse;

/**
 * How long what a client still sends is read and thrown away, in milliseconds. A close while bytes
 * are on their way resets the connection, and the client may never read the response (RFC 9112, 9.6).
 */
const LINGER = 2000;

const closing = new WeakSet<Socket>();

/** Whether the last request of this connection has been received: later ones are ignored. */
export function isClosing(socket: Socket): boolean {
  return closing.has(socket);
}

/** Makes this the last response of a connection; over HTTP/2 of a stream, whose body is cut off. */
export function closeAfter(response: Outgoing): void {
  if ("stream" in response) {
    const { stream } = response;
    // RFC 9113, section 8.1: the response is complete, and no more of the request is wanted.
    stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
    return;
  }
  response.shouldKeepAlive = false;
  ignoreFurther(response.req.socket);
}

export function ignoreFurther(socket: Socket): void {
  closing.add(socket);
  closeInStages(socket);
}

/**
 * Makes the close that Node begins after a connection's last response wait for the client, which may
 * still be sending even if it asked for the close.
 */
export function closeInStages(socket: Socket): void {
  if (socket.destroySoon !== endThenDestroy) socket.destroySoon = endThenDestroy;
}

function endThenDestroy(this: Socket): void {
  closing.add(this);
  this.end();
  this.resume();
  const cut = setTimeout(() => this.destroy(), LINGER);
  this.once("close", () => clearTimeout(cut));
}

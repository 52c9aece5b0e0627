import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * A response on a connection that Node has handed over for an upgrade: the edge may still refuse it,
 * with the last answer of the connection. It emits 'close' when the connection does.
 */
export function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Node has taken its own listeners off; without one an error would end the process.
  socket.on("error", () => socket.destroy());
  // What a server hands over is a socket of node:net or node:tls.
  response.assignSocket(socket as Socket);
  response.once("finish", () => {
    response.detachSocket(socket as Socket);
    socket.once("close", () => response.emit("close"));
    if (response.statusCode !== 101) socket.end();
  });
  return response;
}

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { mode } from "./control.ts";
import { type ReceivedRequest, recordBody, recordHead } from "./record.ts";
import { RESPONSES } from "./responses.ts";

/** Reads the whole request, then responds by the first part of its path, or as an echo. */
export async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const received = recordHead(request);
  response.once("close", () => {
    received.disconnected = !response.writableFinished;
  });
  const body = await buffer(request).catch(() => undefined);
  // The edge has cut off the request: no response is expected.
  if (body === undefined) return;
  recordBody(received, request, body);
  if (mode.cutsOff) {
    request.socket.destroy();
    return;
  }
  const [, first = ""] = /^\/([a-z-]+)/.exec(received.target) ?? [];
  (RESPONSES[first] ?? echo)(response, received, body);
}

/** Like examples/echo.ts: the body, or the request as JSON. */
function echo(response: ServerResponse, received: ReceivedRequest, body: Buffer): void {
  if (body.length > 0 && !received.target.startsWith("/headers")) {
    response.writeHead(200, { "Content-Length": body.length }).end(body);
    return;
  }
  const { method, target, rawHeaders, bodyBytes } = received;
  const text = `${JSON.stringify({ method, target, rawHeaders, bodyBytes })}\n`;
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Accepts a WebSocket handshake (RFC 6455, section 4.2.2), then sends every byte back. */
export function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  recordBody(recordHead(request), request, Buffer.alloc(0));
  const key = request.headers["sec-websocket-key"] ?? "";
  const accept = createHash("sha1")
    .update(key + MAGIC)
    .digest("base64");
  socket.on("error", () => socket.destroy());
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(head);
  socket.pipe(socket);
}

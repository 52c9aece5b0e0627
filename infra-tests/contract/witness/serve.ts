import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { mode } from "./control.ts";
import { noteBody, type Sighting, sight } from "./record.ts";
import { RESPONSES } from "./responses.ts";

/** Takes the whole request, then answers by the first part of its path, else as an echo. */
export async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sighting = sight(request);
  response.once("close", () => {
    sighting.abandoned = !response.writableFinished;
  });
  const body = await buffer(request).catch(() => undefined);
  // The edge broke off what it had begun to pass on: nobody waits for a response.
  if (body === undefined) return;
  noteBody(sighting, request, body);
  if (mode.breaksOff) {
    request.socket.destroy();
    return;
  }
  const [, first = ""] = /^\/([a-z-]+)/.exec(sighting.target) ?? [];
  (RESPONSES[first] ?? echo)(response, sighting, body);
}

/** As examples/echo.ts: the body back, or what was seen. */
function echo(response: ServerResponse, sighting: Sighting, body: Buffer): void {
  if (body.length > 0 && !sighting.target.startsWith("/headers")) {
    response.writeHead(200, { "Content-Length": body.length }).end(body);
    return;
  }
  const { method, target, rawHeaders, bodyBytes } = sighting;
  const text = `${JSON.stringify({ method, target, rawHeaders, bodyBytes })}\n`;
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Takes a WebSocket's handshake (RFC 6455, section 4.2.2); then every byte goes back as it came. */
export function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  noteBody(sight(request), request, Buffer.alloc(0));
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

import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { noteBody, sight } from "./sighting.ts";

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

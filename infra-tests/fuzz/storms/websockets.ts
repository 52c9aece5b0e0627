import { once } from "node:events";
import { dial, leave, pick, type Random, type Storm } from "../storm.ts";

const HANDSHAKE =
  "GET /live HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** A masked frame of a client; RFC 6455, section 5.2. */
function frame(first: number, payload: Buffer): Buffer {
  const head = Buffer.from([first, 0x80 | Math.min(payload.length, 126)]);
  const length = Buffer.alloc(payload.length >= 126 ? 2 : 0);
  if (length.length > 0) length.writeUInt16BE(payload.length);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, length, Buffer.alloc(4), payload]);
}

function next(random: Random): Buffer {
  const payload = Buffer.alloc(Math.floor(random() * random() * 20_000), "x");
  const kind = random();
  if (kind < 0.4) return frame(0x81, payload);
  if (kind < 0.6) return frame(0x89, payload.subarray(0, 125));
  if (kind < 0.65) return frame(0x88, Buffer.alloc(0));
  const bytes = frame(Math.floor(random() * 256), payload.subarray(0, 300));
  return kind < 0.9 ? bytes : bytes.subarray(0, Math.floor(random() * bytes.length));
}

/** WebSockets of lawful and random frames; some send pings and messages, and never read. */
export const webSockets: Storm = {
  name: "WebSocket frames",
  client: async ({ edge, gateway }, random) => {
    const socket = await dial(pick([edge.http, gateway], random));
    socket.write(HANDSHAKE);
    await Promise.race([once(socket, "readable"), once(socket, "close")]);
    if (random() < 0.6) socket.resume();
    const count = Math.floor(random() * 200);
    for (let at = 0; at < count && socket.writable; at++) {
      socket.write(next(random));
      if (socket.writableNeedDrain || random() < 0.2) await new Promise(setImmediate);
    }
    await leave(socket, random);
  },
};

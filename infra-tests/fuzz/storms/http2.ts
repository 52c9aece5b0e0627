import {
  FLAG,
  FRAME,
  fieldBlock,
  frame,
  PREFACE,
  uint32,
} from "../../../services/web/testing/http2-frames.ts";
import { dial, leave, pick, type Random, type Storm } from "../storm.ts";

const TYPES = [...Object.values(FRAME), 5, 10, 99];

function headers(stream: number, random: Random): Buffer {
  const target = pick(["/", "/large", "/events", "/echo", "/assets/none.js"], random);
  const block = fieldBlock([
    [":method", target === "/echo" ? "POST" : "GET"],
    [":scheme", "https"],
    [":authority", "a.example"],
    [":path", target],
    ...(random() < 0.2 ? ([["cookie", "a=1"]] as const) : []),
  ]);
  const flags = FLAG.endHeaders | (target === "/echo" ? 0 : FLAG.endStream);
  return frame(FRAME.headers, flags, stream, block);
}

function randomBytes(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

function next(stream: number, random: Random): Buffer {
  const kind = random();
  if (kind < 0.5) return headers(stream, random);
  if (kind < 0.6) return frame(FRAME.reset, 0, stream, uint32(8));
  if (kind < 0.7)
    return frame(FRAME.windowUpdate, 0, stream, uint32(Math.floor(random() * 2 ** 31)));
  if (kind < 0.8)
    return frame(FRAME.data, 0, stream, randomBytes(Math.floor(random() * 2000), random));
  if (kind < 0.85) return frame(FRAME.ping, 0, 0, randomBytes(8, random));
  const type = pick(TYPES, random);
  const of = pick([0, stream, stream + 2, 2], random);
  return frame(
    type,
    Math.floor(random() * 256),
    of,
    randomBytes(Math.floor(random() * 40), random),
  );
}

/** Sessions of lawful and random frames, some with a window of 0, from clients that may not read. */
export const frames: Storm = {
  name: "HTTP/2 frames",
  client: async ({ edge }, random) => {
    const socket = await dial(edge.https, "h2");
    if (random() < 0.6) socket.on("data", () => undefined);
    const none = random() < 0.3 ? Buffer.from([0, 4, 0, 0, 0, 0]) : Buffer.alloc(0);
    socket.write(Buffer.concat([Buffer.from(PREFACE), frame(FRAME.settings, 0, 0, none)]));
    const count = Math.floor(random() * 60);
    for (let at = 0; at < count && socket.writable; at++) {
      let bytes = next(1 + 2 * Math.floor(random() * 40), random);
      if (random() < 0.05) bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
      socket.write(bytes);
      if (random() < 0.3) await new Promise(setImmediate);
    }
    await leave(socket, random);
  },
};

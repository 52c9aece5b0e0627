import { CORPUS, mutated } from "@gatehouse/http/corpus";
import { dial, leave, pick, type Random, type Storm, sendInPieces } from "../storm.ts";

const CASES = Object.values(CORPUS).flat();
const UPGRADE =
  "GET /live HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
const SEQUENCES = [
  get("/") + UPGRADE,
  UPGRADE + get("/"),
  UPGRADE.replace("/live", "/refused"),
  UPGRADE.replace("/live", "/assets/none.js"),
  get("/events").repeat(50),
  get("/large").repeat(20),
  `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${"x".repeat(70_000)}`,
  `POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
  `POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(500)}`,
];

function request(random: Random): string {
  const kind = random();
  if (kind < 0.3) return pick(SEQUENCES, random);
  const { bytes } = pick(CASES, random);
  return kind < 0.5 ? bytes : mutated(bytes, random);
}

/** Requests that are whole, cut, mutated or pipelined, from clients that may leave at every step. */
export const requests: Storm = {
  name: "HTTP/1.1 requests",
  client: async ({ edge, gateway }, random) => {
    const [port, alpn] = pick(
      [
        [edge.http, undefined],
        [edge.https, "http/1.1"],
        [gateway, undefined],
      ] as const,
      random,
    );
    const socket = await dial(port, alpn);
    if (random() < 0.7) socket.on("data", () => undefined);
    let text = request(random);
    if (random() < 0.3) text += request(random);
    // Many leave in the middle of what they send.
    if (random() < 0.4) text = text.slice(0, Math.floor(random() * text.length));
    await sendInPieces(socket, text, random);
    await leave(socket, random);
  },
};

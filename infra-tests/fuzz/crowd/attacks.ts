import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import {
  FLAG,
  FRAME,
  fieldBlock,
  frame,
  PREFACE,
  REQUEST,
  uint32,
} from "../../../services/web/testing/http2-frames.ts";
import { dial } from "../storm.ts";
import type { Ports } from "../targets.ts";

/** What one hostile client does again and again: it returns when its connection has ended. */
export interface Attack {
  /** As a sentence: "1,000 clients that ...". */
  readonly name: string;
  readonly client: (ports: Ports, ended: AbortSignal) => Promise<unknown>;
}

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
const handshake = (target: string) =>
  `GET ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const CHUNKED = "POST /echo HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
const UPLOAD = "POST /echo HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000\r\n\r\n";
const NO_WINDOW = Buffer.from([0, 4, 0, 0, 0, 0]);
const DASHES = `/assets/${"-".repeat(4000)}.js`;

/** Sends `first`, then `next` every `every` ms, and reads all or nothing until the connection ends. */
function sends(
  first: string | Buffer,
  options: { readonly next?: string; readonly every?: number; readonly reads?: boolean } = {},
): Attack["client"] {
  return async ({ http }, ended) => {
    const socket = await dial(http);
    if (options.reads !== false) socket.on("end", () => socket.end()).resume();
    socket.write(first);
    const { next, every = 200 } = options;
    const timer =
      next === undefined
        ? undefined
        : setInterval(() => void (socket.writableNeedDrain || socket.write(next)), every);
    ended.addEventListener("abort", () => socket.destroy());
    // Who reads nothing sees no end either: the server's reset is an error, which closes.
    await closed(socket);
    clearInterval(timer);
  };
}

/** The same over HTTP/2. */
function frames(
  first: (stream: number) => Buffer,
  streams: number,
  reads: boolean,
  settings: Buffer,
) {
  return async ({ https }: Ports, ended: AbortSignal) => {
    const socket = await dial(https, "h2");
    if (reads) socket.on("end", () => socket.end()).resume();
    const all = Array.from({ length: streams }, (_, at) => first(2 * at + 1));
    socket.write(
      Buffer.concat([Buffer.from(PREFACE), frame(FRAME.settings, 0, 0, settings), ...all]),
    );
    ended.addEventListener("abort", () => socket.destroy());
    await closed(socket);
  };
}

/** The rapid reset of HTTP/2, by TCP: each request is another one's for the cache. */
async function resetsSoon({ http }: Ports): Promise<void> {
  const socket = await dial(http);
  socket.write(get(`/work?q=${process.hrtime.bigint()}`));
  await pause(5);
  socket.resetAndDestroy();
}

/** Not by once(), which rejects where a reset is an error first. */
function closed(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

const path = (target: string) => [...REQUEST.slice(0, 3), [":path", target] as const];
const request = (target: string) => (stream: number) =>
  frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, fieldBlock(path(target)));
const reset = (target: string) => (stream: number) =>
  Buffer.concat([request(target)(stream), frame(FRAME.reset, 0, stream, uint32(8))]);

export const ATTACKS: readonly Attack[] = [
  { name: "connect and send nothing", client: sends("") },
  { name: "connect, and close at once", client: async ({ http }) => (await dial(http)).destroy() },
  { name: "send a head byte by byte", client: sends("GET / HTTP/1.1\r\nX: ", { next: "x" }) },
  {
    name: "send a body in chunks of one byte",
    client: sends(CHUNKED, { next: "1\r\nx\r\n".repeat(500), every: 50 }),
  },
  { name: "begin an upload and send no more", client: sends(UPLOAD) },
  {
    name: "send what is no request",
    client: sends("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
  },
  { name: "pipeline 20 pages", client: sends(get("/").repeat(20), { next: get("/").repeat(20) }) },
  { name: "pipeline 20 event streams", client: sends(get("/events").repeat(20)) },
  {
    name: "pipeline 20 large responses and read nothing",
    client: sends(get("/large").repeat(20), { reads: false }),
  },
  {
    name: "ask for long names of files",
    client: sends(get(DASHES).repeat(5), { next: get(DASHES).repeat(5) }),
  },
  {
    name: "send a handshake that is refused, then three bytes",
    client: sends(`${handshake("/refused")}abc`),
  },
  {
    name: "send a request and a handshake in one piece",
    client: sends(get("/") + handshake("/live")),
  },
  {
    name: "send pings and read no pong",
    client: sends(handshake("/live"), {
      next: "\x89\x80\0\0\0\0".repeat(50),
      every: 20,
      reads: false,
    }),
  },
  { name: "reset their connection after their request", client: resetsSoon },
  { name: "reset 100 streams of HTTP/2", client: frames(reset("/"), 100, true, Buffer.alloc(0)) },
  {
    name: "ask over HTTP/2 with a window of 0",
    client: frames(request("/large"), 50, true, NO_WINDOW),
  },
  {
    name: "ask over HTTP/2 and stop reading",
    client: frames(request("/large"), 50, false, Buffer.alloc(0)),
  },
];

import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import {
  NO_WINDOW,
  openSocket,
  requestFor,
  requests,
  startBudgeted,
  statusOf,
} from "../testing/budgets.ts";
import { eventually } from "../testing/edge.ts";
import { FLAG, FRAME, FrameClient, fieldBlock, frame } from "../testing/http2-frames.ts";
import { ClientConnection } from "./client-connection.ts";
import { Memory } from "./memory.ts";

test("sessions without a window cannot make the edge hold more than its memory", async (t) => {
  const limitMemory = 4 * 1024 ** 2;
  const { https, http, held, within, returned } = await startBudgeted(t, { limitMemory });
  const clients = [];
  for (let count = 0; count < 5; count++) {
    const client = await FrameClient.open(t, https, NO_WINDOW);
    client.send(requests("/large", 60));
    clients.push(client);
  }
  await within(limitMemory);
  // Each holds 32 KiB at least, with what waits for its window.
  await eventually(
    () => held("exchanges"),
    (count) => count <= limitMemory / (32 * 1024),
  );
  assert.equal(await statusOf(http, "/", "127.0.0.9"), 200);
  await Promise.all(clients.map((client) => client.close()));
  await returned();
});

test("so is it with bodies that the edge cannot pass on", async (t) => {
  const limitMemory = 2 * 1024 ** 2;
  const waits = { upstreamQueueTimeout: 600_000, bodyMinRate: 0 };
  const changes = { limitMemory, upstreamConnections: 1, ...waits };
  const { https, held, within, returned } = await startBudgeted(t, changes);
  const client = await FrameClient.open(t, https);
  const piece = Buffer.alloc(16_000);
  const streams = Array.from({ length: 100 }, (_, at) => 2 * at + 1);
  for (const stream of streams) {
    const block = fieldBlock(requestFor("/never", "POST"));
    client.send(frame(FRAME.headers, FLAG.endHeaders, stream, block));
  }
  // What the window of the connection takes; the edge opens it again for what it has read.
  for (const stream of streams) {
    client.send(frame(FRAME.data, 0, stream, piece));
    if (stream % 32 === 31) await within(limitMemory, 20);
  }
  await within(limitMemory);
  await eventually(
    () => held("exchanges"),
    (count) => count < 80,
  );
  await client.close();
  await returned();
});

test("what is received behind a request is weighed until its turn comes", async (t) => {
  const { http, held, returned } = await startBudgeted(t);
  const socket = await openSocket(t, http, "127.0.0.1");
  const ahead = Buffer.alloc(32_000, "x");
  socket.write("GET /never HTTP/1.1\r\nHost: a.example\r\n\r\n");
  socket.write(ahead);
  await eventually(
    () => held("memory"),
    (bytes) => bytes > ahead.length + 16 * 1024,
  );
  socket.destroy();
  await returned();
});

test("heads that are not complete are weighed", async (t) => {
  const { http, held, returned } = await startBudgeted(t);
  const sockets = await Promise.all(
    Array.from({ length: 10 }, () => openSocket(t, http, "127.0.0.1")),
  );
  const head = `GET / HTTP/1.1\r\nHost: a.example\r\nX: ${"x".repeat(30_000)}`;
  for (const socket of sockets) socket.write(head);
  await eventually(
    () => held("memory"),
    (bytes) => bytes > 10 * (head.length + 12 * 1024),
  );
  for (const socket of sockets) socket.destroy();
  await returned();
});

test("the fields of a request are weighed as long as it lasts", async (t) => {
  const { http, https, held, returned } = await startBudgeted(t);
  // As many as a frame of HTTP/2 has room for, and the application takes.
  const fields = Array.from({ length: 2 }, (_, at) => [`x-${at}`, "x".repeat(6000)] as const);
  const before = await held("memory");
  const socket = await openSocket(t, http, "127.0.0.1");
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.write(`GET /never HTTP/1.1\r\nHost: a.example\r\n${lines}\r\n`);
  const client = await FrameClient.open(t, https);
  const block = fieldBlock([...requestFor("/never"), ...fields]);
  client.send(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, block));
  // A plain and an encrypted connection, and two requests.
  const others = (12 + 80 + 2 * 16) * 1024;
  await eventually(
    () => held("memory"),
    (bytes) => bytes > before + others + 4 * 6000,
  );
  socket.destroy();
  await client.close();
  await returned();
});

/** A connection that takes so many bytes. */
class Weighed extends ClientConnection {
  readonly #bytes: number;

  constructor(client: string, bytes: number) {
    super(new Socket(), false, client);
    this.#bytes = bytes;
  }

  override weigh(): number {
    return this.#bytes;
  }
}

test("above the budget the heaviest of the client that holds most is cut, and never a proxy's before a client's", () => {
  const cut: unknown[] = [];
  const memory = new Memory(100, Number.POSITIVE_INFINITY, (holder) => void cut.push(holder));
  const proxy = new Weighed("", 70);
  const [light, heavy] = [new Weighed("a", 5), new Weighed("a", 25)];
  const other = new Weighed("b", 28);
  memory.weigh({ connections: [proxy, light, heavy, other], requests: [] });
  assert.deepEqual(cut, [heavy, other]);
  assert.equal(memory.held, 75);
});

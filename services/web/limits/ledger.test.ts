import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { isLate } from "@gatehouse/telemetry/testing";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";
import { FLAG, FRAME, FrameClient, fieldBlock, frame, uint32 } from "../testing/http2-frames.ts";
import { makeCertificate } from "../testing/https.ts";

const LARGE = 1024 ** 2;
const SWITCHED =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** An edge in front of an application that knows `/events`, `/large`, `/never` and pages. */
async function start(t: TestContext, changes: Partial<WebSettings> = {}) {
  const { settings } = await makeCertificate(t);
  const seen: string[] = [];
  const waiting: ServerResponse[] = [];
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      if (request.url === "/never") return;
      if (request.url === "/wide") response.setHeader("X-Wide", "x".repeat(16_000));
      seen.push(request.url ?? "");
      if (request.url === "/hand") waiting.push(response);
      else if (request.url === "/large") response.end(Buffer.alloc(LARGE));
      else if (request.url !== "/events") response.end("page");
      else response.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: 1\n\n");
    },
    undefined,
  );
  upstream.site.on("upgrade", (_, socket) => {
    socket
      .on("end", () => socket.end())
      .resume()
      .write(SWITCHED);
  });
  const edge = await runEdge(t, upstream, {
    https: "serve",
    ...settings,
    connectTimeout: 1000,
    gracefulTimeout: 100,
    cacheSize: 0,
    ...changes,
  });
  const { http, https = 0, admin } = edge.ports;
  const metrics = async () => (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  const value = (page: string, metric: string) => {
    const line = page.split("\n").find((each) => each.startsWith(`${metric} `));
    return Number(line?.slice(metric.length + 1) ?? 0);
  };
  const held = async (budget: string) =>
    value(await metrics(), `web_budget_held{budget="${budget}"}`);
  return {
    http,
    https,
    /** The targets of the requests that the application has received. */
    seen,
    /** The responses to `/hand`, which the test ends. */
    waiting,
    /** Requests that wait for a connection to the application. */
    queued: async () => value(await metrics(), 'web_upstream_waiting{replica="127.0.0.2"}'),
    held,
    /** Watches the memory for a while. */
    within: async (limit: number, time = 200) => {
      const since = performance.now();
      while (!isLate(since, time)) {
        const memory = await held("memory");
        assert.ok(memory <= limit, `${memory} bytes are held`);
      }
    },
    /** How many slow readers were cut. */
    cuts: async () => value(await metrics(), 'web_limited_total{limit="slow-reader"}'),
    /** Resolves once every budget is back. */
    returned: async () => {
      await eventually(metrics, (page) => {
        const budgets = page.match(/^web_(budget_held|upstream_in_flight)\{.*$/gm) ?? [];
        const sessions = value(page, "web_http2_sessions");
        return budgets.length > 5 && sessions === 0 && budgets.every((line) => line.endsWith(" 0"));
      });
    },
  };
}

/** A response to a client with an address of its own. */
async function ask(port: number, path: string, from: string): Promise<IncomingMessage> {
  const request = get({ port, host: "127.0.0.1", path, localAddress: from, agent: false });
  request.on("error", () => undefined);
  const [response] = await once(request, "response");
  response.on("error", () => undefined);
  return response;
}

async function statusOf(port: number, path: string, from: string): Promise<number | undefined> {
  const response = await ask(port, path, from);
  await text(response);
  return response.statusCode;
}

async function openSocket(t: TestContext, port: number, from: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

const requestFor = (path: string, method = "GET") =>
  [
    [":method", method],
    [":scheme", "https"],
    [":authority", "a.example"],
    [":path", path],
  ] as const;

function requests(path: string, count: number): Buffer {
  const flags = FLAG.endStream | FLAG.endHeaders;
  const block = fieldBlock(requestFor(path));
  return Buffer.concat(
    Array.from({ length: count }, (_, at) => frame(FRAME.headers, flags, 2 * at + 1, block)),
  );
}

const NO_WINDOW = Buffer.from([0, 4, 0, 0, 0, 0]);
const WIDE_WINDOW = Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff]);
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A client of HTTP/2 that reads nothing of its connection after the handshake. */
async function openDeaf(t: TestContext, port: number, ...frames: Buffer[]): Promise<TLSSocket> {
  const options = { host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["h2"] };
  const socket = connectTls(options);
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  socket.pause();
  const session = frame(FRAME.windowUpdate, 0, 0, uint32(0x7fff_0000 - 65_535));
  socket.write(
    Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0, WIDE_WINDOW), session, ...frames]),
  );
  return socket;
}

test("who stops reading a connection of HTTP/2 loses it, with all that it held", async (t) => {
  const { https, held, returned } = await start(t, { sendMinRate: 1000, sendRateWindow: 500 });
  await openDeaf(t, https, requests("/large", 50));
  await eventually(
    () => held("exchanges"),
    (count) => count > 0,
  );
  await returned();
});

test("so does one whose responses wait only in the system's buffers, as those without a body", async (t) => {
  const { https, held, cuts, returned } = await start(t, {
    sendMinRate: 1000,
    sendRateWindow: 500,
  });
  const socket = await openDeaf(t, https);
  const block = fieldBlock(requestFor("/wide", "HEAD"));
  for (let stream = 1; (await cuts()) === 0; ) {
    if ((await held("exchanges")) > 0) continue;
    assert.ok(stream < 10_000, "the responses never filled the system's buffers");
    const batch = Array.from({ length: 100 }, (_, at) =>
      frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, stream + 2 * at, block),
    );
    stream += 2 * batch.length;
    await new Promise((written) => socket.write(Buffer.concat(batch), written));
  }
  await returned();
});

test("a session without a request ends, however busy it is with other frames", async (t) => {
  const { https, returned } = await start(t, { keepAlive: 200, headersTimeout: 200 });
  const client = await FrameClient.open(t, https);
  // Fewer a second than are an abuse; each begins Node's idle time again.
  const busy = setInterval(() => client.send(frame(FRAME.ping, 0, 0, Buffer.alloc(8))), 60);
  t.after(() => clearInterval(busy));
  await client.ended;
  await returned();
});

test("event streams of one client leave every upstream connection to the pages", async (t) => {
  const { https, http, held, returned } = await start(t, { upstreamConnections: 4 });
  const client = await FrameClient.open(t, https);
  client.send(requests("/events", 60));
  await eventually(
    () => held("long-responses"),
    (count) => count === 60,
  );
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200);
  assert.equal(await held("requests"), 0);
  await client.close();
  await returned();
});

test("one connection cannot have more long responses than its share", async (t) => {
  const { https, held } = await start(t);
  const client = await FrameClient.open(t, https);
  client.send(requests("/events", 65));
  await eventually(
    () => held("long-responses"),
    (count) => count === 64,
  );
  await client.frame(({ type, flags, stream }) => type === FRAME.data && flags === 1 && stream > 0);
  assert.equal(await held("exchanges"), 64);
});

test("where long responses are used up, the greedy client loses its oldest to the next one", async (t) => {
  const { http, held } = await start(t, { limitLongResponses: 3 });
  const own = [];
  for (let count = 0; count < 3; count++) own.push(await ask(http, "/events", "127.0.0.1"));
  assert.equal(await statusOf(http, "/events", "127.0.0.1"), 503);
  const [oldest] = own;
  const closed = new Promise((resolve) => oldest?.resume().once("close", resolve));
  const other = await ask(http, "/events", "127.0.0.9");
  assert.equal(other.statusCode, 200);
  await closed;
  assert.equal(await statusOf(http, "/events", "127.0.0.1"), 429, "it holds more than the other");
  assert.equal(await held("long-responses"), 3);
});

test("a WebSocket counts as a long response, and is given back", async (t) => {
  const { http, held, returned } = await start(t, { limitLongResponses: 1 });
  const handshake =
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  const one = await openSocket(t, http, "127.0.0.1");
  one.write(handshake);
  await eventually(
    () => held("long-responses"),
    (count) => count === 1,
  );
  const next = await openSocket(t, http, "127.0.0.1");
  next.write(handshake);
  const [refusal] = await once(next, "data");
  assert.match(String(refusal), /^HTTP\/1\.1 503 [\s\S]*Retry-After: 2/);
  one.destroy();
  next.destroy();
  await returned();
});

test("requests of a greedy client give way to those of others", async (t) => {
  const { http } = await start(t, { limitRequests: 4 });
  const waiting = Array.from({ length: 4 }, () => statusOf(http, "/never", "127.0.0.1"));
  await eventually(
    () => statusOf(http, "/", "127.0.0.1"),
    (status) => status === 503,
  );
  assert.equal(await statusOf(http, "/", "127.0.0.9"), 200);
  assert.equal(await Promise.race(waiting), 429, "the oldest one's place was taken");
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200);
});

test("no connection has more requests in flight than the number that HTTP/2 announces", async (t) => {
  const { http, held } = await start(t);
  const socket = await openSocket(t, http, "127.0.0.1");
  socket.write("GET /never HTTP/1.1\r\nHost: a\r\n\r\n".repeat(600));
  await eventually(
    () => held("exchanges"),
    (count) => count > 0,
  );
  await pause(100);
  assert.ok((await held("requests")) <= 128);
});

test("an idle connection of the greediest client gives way to another client's", async (t) => {
  const { http } = await start(t, { limitConnections: 3 });
  const oldest = await openSocket(t, http, "127.0.0.1");
  const others = [await openSocket(t, http, "127.0.0.1"), await openSocket(t, http, "127.0.0.1")];
  const closed = once(oldest.resume(), "close");
  assert.equal(await statusOf(http, "/", "127.0.0.9"), 200);
  await closed;
  assert.equal(
    others.some(({ destroyed }) => destroyed),
    false,
  );
});

test("sessions without a window cannot make the edge hold more than its memory", async (t) => {
  const limitMemory = 4 * 1024 ** 2;
  const { https, http, held, within, returned } = await start(t, { limitMemory });
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
  const { https, held, within, returned } = await start(t, changes);
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
  const { http, held, returned } = await start(t);
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
  const { http, held, returned } = await start(t);
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

test("three sessions of slow requests leave upstream connections to others of the same client", async (t) => {
  const { https, http, held, queued } = await start(t);
  for (let count = 0; count < 3; count++) {
    const client = await FrameClient.open(t, https);
    client.send(requests("/never", 120));
  }
  await eventually(
    () => held("requests"),
    (count) => count === 360,
  );
  assert.equal(await queued(), 0, "those that wait do not wait in line with the others");
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200);
});

test("responses that a client does not read leave upstream connections to the pages", async (t) => {
  const { https, http, held } = await start(t, { upstreamConnections: 8 });
  const client = await FrameClient.open(t, https, NO_WINDOW);
  client.send(requests("/large", 16));
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200);
  await eventually(
    () => held("long-responses"),
    (count) => count === 16,
  );
});

test("who waits for an upstream connection gets it in turn, client by client", async (t) => {
  const { https, http, queued, seen, waiting } = await start(t, { upstreamConnections: 1 });
  const client = await FrameClient.open(t, https);
  client.send(requests("/hand", 20));
  await eventually(queued, (count) => count === 19);
  const other = statusOf(http, "/", "127.0.0.9");
  await eventually(queued, (count) => count === 20);
  // The first of each client is at the end of the line again once it had its turn.
  for (let count = 0; count < 2; count++) {
    await eventually(
      async () => waiting.length,
      (length) => length > count,
    );
    waiting[count]?.end();
  }
  assert.equal(await other, 200);
  assert.ok(seen.indexOf("/") <= 2, `the application received ${seen}`);
});

test("where all upstream connections are in use for long, the greedy give way", async (t) => {
  const { https, http, held } = await start(t, { upstreamConnections: 8 });
  const client = await FrameClient.open(t, https);
  client.send(requests("/never", 20));
  await eventually(
    () => held("requests"),
    (count) => count === 20,
  );
  assert.equal(await statusOf(http, "/", "127.0.0.9"), 200, "another client");
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200, "another connection of the same");
  assert.ok((await held("exchanges")) >= 16, "the others stay");
});

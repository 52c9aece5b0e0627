import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { SOCKET_BUFFERS } from "@gatehouse/telemetry/testing";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";
import { ask, makeFolder } from "../testing/files.ts";
import { startHttps } from "../testing/https.ts";

/** More than the kernel takes for a client that reads nothing. */
const LARGE = SOCKET_BUFFERS + 16 * 1024 ** 2;
const IMPATIENT = { sendMinRate: 64 * 1024, sendRateWindow: 1000 };

async function start(t: TestContext) {
  const assets = await makeFolder(t, { "large.bin": Buffer.alloc(LARGE) });
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    async (request, response) => {
      response.write("first");
      if (request.url === "/slow") await pause(2500);
      response.end(request.url === "/slow" ? "last" : Buffer.alloc(LARGE));
    },
    undefined,
  );
  const { ports } = await runEdge(t, upstream, { assets, ...IMPATIENT });
  return { url: `http://127.0.0.1:${ports.http}`, admin: `http://127.0.0.1:${ports.admin}` };
}

async function cuts(admin: string): Promise<number> {
  const { body } = await ask(`${admin}/status`, {});
  return JSON.parse(body.toString()).limited["slow-reader"] ?? 0;
}

for (const path of ["/assets/large.bin", "/proxied"]) {
  test(`who asks for ${path} and reads nothing is cut`, async (t) => {
    const { url, admin } = await start(t);
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    t.after(() => socket.destroy());
    socket.on("error", () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await once(socket, "readable");
    await eventually(
      () => cuts(admin),
      (count) => count === 1,
    );
  });
}

test("a WebSocket that is not read for a while is not cut, and loses nothing", async (t) => {
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => response.end(Buffer.alloc(LARGE)),
    undefined,
  );
  upstream.site.on("upgrade", (_, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
    socket.write(
      "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    );
    socket.end(Buffer.alloc(LARGE));
  });
  const { ports } = await runEdge(t, upstream, IMPATIENT);
  const open = (head: string) => {
    const socket = connect(ports.http, "127.0.0.1").on("error", () => undefined);
    t.after(() => socket.destroy());
    socket.write(head);
    return socket;
  };
  const tunnel = open(
    "GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await once(tunnel, "readable");
  // It has waited for as long, when this one is cut.
  const page = open("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(page, "readable");
  await eventually(
    () => cuts(`http://127.0.0.1:${ports.admin}`),
    (count) => count === 1,
  );
  let bytes = 0;
  for await (const chunk of tunnel) bytes += chunk.length;
  assert.ok(bytes > LARGE, `${bytes} bytes`);
});

test("who reads a little all the time, but less than the rate, is cut as well", async (t) => {
  const size = 4 * SOCKET_BUFFERS;
  const assets = await makeFolder(t, { "large.bin": Buffer.alloc(size) });
  const upstream = await startUpstream(t, "127.0.0.2", (_, r) => r.end(), undefined);
  const rate = { sendMinRate: 64 * 1024 ** 2, sendRateWindow: 1000 };
  const { ports } = await runEdge(t, upstream, { assets, ...rate });
  const socket = connect(ports.http, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.write("GET /assets/large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
  let bytes = 0;
  // 16 MiB/s at most: so many that the kernel's buffers hide no progress from the edge.
  const read = async () => {
    for await (const chunk of socket) {
      bytes += chunk.length;
      await pause(chunk.length / (16 * 1024));
    }
  };
  await read().catch(() => undefined);
  assert.ok(bytes < size, `${bytes} bytes were read`);
  assert.equal(await cuts(`http://127.0.0.1:${ports.admin}`), 1);
});

test("who reads steadily gets all, even if it takes many windows", async (t) => {
  const { url, admin } = await start(t);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write("GET /assets/large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  let bytes = 0;
  for await (const chunk of socket) {
    bytes += chunk.length;
    await pause(5);
  }
  assert.ok(bytes > LARGE);
  assert.equal(await cuts(admin), 0);
});

test("an application may be slow: that is not the client's fault", async (t) => {
  const { url, admin } = await start(t);
  assert.equal((await ask(`${url}/slow`, {})).body.toString(), "firstlast");
  assert.equal(await cuts(admin), 0);
});

test("over HTTP/2 the stream that is not read is cut, the others go on", async (t) => {
  const assets = await makeFolder(t, { "large.bin": Buffer.alloc(LARGE), "small.txt": "small" });
  const { ca, origin } = await startHttps(t, { assets, ...IMPATIENT });
  const session = connectHttp2(origin, { ca });
  t.after(() => session.destroy());
  const stuck = session.request({ ":path": "/assets/large.bin" });
  stuck.on("error", () => undefined);
  await once(stuck, "response");
  await once(stuck, "close");
  assert.notEqual(stuck.rstCode, 0);
  const other = session.request({ ":path": "/assets/small.txt" });
  assert.equal(Buffer.concat(await other.toArray()).toString(), "small");
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { SOCKET_BUFFERS, stretched } from "@gatehouse/telemetry/testing";
import { startGateway, writeModules } from "../testing/gateway-process.ts";

const APP = `export default {
  fetch: () => new Response("plain"),
  websocket: {
    upgrade(request) {
      if (request.url.endsWith("/no")) return new Response("no", { status: 403 });
      if (request.url.endsWith("/throws")) throw new Error("upgrade failed on purpose");
      return { headers: { "X-Url": request.url } };
    },
    async message(peer, message) {
      if (message.text() === "throw") throw new Error("hook failed on purpose");
      peer.send(peer.request.url + " " + peer.request.headers.get("x-request-id"));
    },
  },
};`;

const signal = () => AbortSignal.timeout(15_000);

test("a hook that fails closes its connection with 1011, and the worker lives on", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const url = await gateway.ready();
  const socket = new WebSocket(url.replace("http", "ws"));
  await once(socket, "open", { signal: signal() });
  socket.send("throw");
  const [{ code }] = await once(socket, "close", { signal: signal() });
  assert.equal(code, 1011);
  const logged = await gateway.line(({ hook }) => hook === "message");
  assert.match(String(logged.error), /hook failed on purpose/);
  assert.equal(await (await fetch(url)).text(), "plain");
});

test("a message that is too large closes its connection before it fills the worker's memory", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const url = await gateway.ready();
  const socket = new WebSocket(url.replace("http", "ws"));
  await once(socket, "open", { signal: signal() });
  socket.send("x".repeat(1024 ** 2));
  await once(socket, "message", { signal: signal() });
  socket.send("x".repeat(1024 ** 2 + 1));
  const [{ code }] = await once(socket, "close", { signal: signal() });
  assert.equal(code, 1009);
  assert.equal(await (await fetch(url)).text(), "plain");
});

test("a message of a thousand tiny frames closes its connection: frames take memory, too", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const { hostname, port } = new URL(await gateway.ready());
  const socket = connect(Number(port), hostname);
  t.after(() => socket.destroy());
  socket.write(
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await once(socket, "data", { signal: signal() });
  // One byte each, masked with zeros; none is the last one (RFC 6455, section 5.2).
  const frame = (opcode: number) => Buffer.of(opcode, 0x81, 0, 0, 0, 0, 0x61);
  socket.write(Buffer.concat([frame(1), ...Array.from({ length: 1000 }, () => frame(0))]));
  const [close] = await once(socket, "data", { signal: signal() });
  assert.deepEqual([close[0], close.readUInt16BE(2)], [0x88, 1008]);
});

test("a WebSocket application sees true headers, and its connection stands in the access log", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1", "--root-path=/ws");
  const url = await gateway.ready();
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/in?a=1`);
  await once(socket, "open", { signal: signal() });
  socket.send("hello");
  const [{ data }] = await once(socket, "message", { signal: signal() });
  assert.match(data, /^http:\/\/127\.0\.0\.1:\d+\/in\?a=1 [0-9a-f-]{36}$/);
  socket.close();
  const access = await gateway.line(({ message }) => message === "access");
  assert.deepEqual([access.status, access.target], [101, "/ws/in?a=1"]);
});

test("an application can refuse an upgrade; one that fails at it is a 500", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const { port } = new URL(await gateway.ready());
  for (const [path, status] of [
    ["/no", "403"],
    ["/throws", "500"],
  ] as const) {
    const socket = connect(Number(port), "127.0.0.1");
    const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n`);
    socket.write(`Upgrade: websocket\r\n${key}\r\n`);
    assert.equal((await text(socket)).slice(0, 12), `HTTP/1.1 ${status}`);
  }
});

test("an oversized upgrade is refused before the application sees it", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const { port } = new URL(await gateway.ready());
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(`GET /${"a".repeat(6000)} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n`);
  socket.write("Upgrade: websocket\r\n\r\n");
  assert.equal((await text(socket)).slice(0, 12), "HTTP/1.1 414");
});

test("a client that never responds to a close is cut off, and the drain goes on", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const { port } = new URL(await gateway.ready());
  const socket = connect(Number(port), "127.0.0.1");
  const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  socket.write(
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`,
  );
  await once(socket, "data", { signal: signal() });
  gateway.child.kill("SIGTERM");
  const [frame] = await once(socket, "data", { signal: signal() });
  assert.deepEqual([...frame], [0x88, 2, 0x03, 0xe9]);
  assert.deepEqual(await gateway.exited, [0, null]);
});

const TALKER = `export default {
  fetch: () => new Response("plain"),
  websocket: {
    open(peer) {
      if (!peer.request.url.endsWith("/talk")) return;
      const talk = setInterval(() => peer.send("x".repeat(64 * 1024)), 1);
      peer.websocket.addEventListener?.("close", () => clearInterval(talk));
    },
  },
};`;

/** A WebSocket's connection after its handshake, of which nothing is read any more. */
async function openDeaf(url: string, path: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`,
  );
  await once(socket, "data", { signal: signal() });
  return socket.pause();
}

test("pings of a client that reads no pong are not read without end", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const url = await gateway.ready();
  const socket = await openDeaf(url, "/");
  t.after(() => socket.destroy());
  // Masked, with 120 bytes, which come back in each pong.
  const ping = Buffer.concat([Buffer.of(0x89, 0x80 | 120, 0, 0, 0, 0), Buffer.alloc(120)]);
  const pings = Buffer.concat(Array.from({ length: 8000 }, () => ping));
  let sent = 0;
  const most = 2 * SOCKET_BUFFERS;
  while (sent < most && !socket.destroyed) {
    const taken = new Promise<boolean>((resolve) => socket.write(pings, () => resolve(true)));
    const late = pause(stretched(1000), false);
    if (!(await Promise.race([taken, late]))) break;
    sent += pings.length;
  }
  assert.ok(sent < most, `the worker read ${sent} bytes`);
  assert.equal(await (await fetch(url)).text(), "plain");
});

test("a client that reads none of its messages is cut, and others are not", async (t) => {
  const folder = await writeModules(t, { "app.mjs": TALKER });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const url = await gateway.ready();
  const other = new WebSocket(url.replace("http", "ws"));
  await once(other, "open", { signal: signal() });
  const socket = await openDeaf(url, "/talk");
  t.after(() => socket.destroy());
  const cut = await gateway.line(({ message }) => /^websocket cut/.test(String(message)));
  assert.ok(Number(cut.waiting) < 8 * 1024 ** 2, `${cut.waiting} bytes waited`);
  assert.equal(other.readyState, WebSocket.OPEN);
  assert.equal(await (await fetch(url)).text(), "plain");
});

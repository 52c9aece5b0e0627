import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  ask,
  openDeaf,
  openSocket,
  requestFor,
  requests,
  startBudgeted,
  statusOf,
} from "../testing/budgets.ts";
import { eventually } from "../testing/edge.ts";
import { FLAG, FRAME, FrameClient, fieldBlock, frame } from "../testing/http2-frames.ts";

test("who stops reading a connection of HTTP/2 loses it, with all that it held", async (t) => {
  const { https, held, returned } = await startBudgeted(t, {
    sendMinRate: 1000,
    sendRateWindow: 500,
  });
  await openDeaf(t, https, requests("/large", 50));
  await eventually(
    () => held("exchanges"),
    (count) => count > 0,
  );
  await returned();
});

test("so does one whose responses wait only in the system's buffers, as those without a body", async (t) => {
  const { https, held, cuts, returned } = await startBudgeted(t, {
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
  const { https, returned } = await startBudgeted(t, { keepAlive: 200, headersTimeout: 200 });
  const client = await FrameClient.open(t, https);
  // Fewer a second than are an abuse; each begins Node's idle time again.
  const busy = setInterval(() => client.send(frame(FRAME.ping, 0, 0, Buffer.alloc(8))), 60);
  t.after(() => clearInterval(busy));
  await client.ended;
  await returned();
});

test("one connection cannot have more long responses than its share", async (t) => {
  const { https, held } = await startBudgeted(t);
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
  const { http, held } = await startBudgeted(t, { limitLongResponses: 3 });
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
  const { http, held, returned } = await startBudgeted(t, { limitLongResponses: 1 });
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
  const { http } = await startBudgeted(t, { limitRequests: 4 });
  const waiting = Array.from({ length: 4 }, () => statusOf(http, "/never", "127.0.0.1"));
  await eventually(
    () => statusOf(http, "/", "127.0.0.1"),
    (status) => status === 503,
  );
  assert.equal(await statusOf(http, "/", "127.0.0.9"), 200);
  assert.equal(await Promise.race(waiting), 429, "the oldest one gave way");
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200);
});

test("no connection has more requests in flight than the number that HTTP/2 announces", async (t) => {
  const { http, held } = await startBudgeted(t);
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
  const { http } = await startBudgeted(t, { limitConnections: 3 });
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

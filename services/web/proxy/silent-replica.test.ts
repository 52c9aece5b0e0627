import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { eventually, runEdge, startNameServer, startUpstream } from "../testing/edge.ts";
import { routed } from "../testing/upstream.ts";

/** Milliseconds that a frozen replica may hold a request which another one can take. */
const HELD_AT_MOST = 1500;

/**
 * Two replicas, of which the first can be frozen: it still accepts connections, as the kernel does for it,
 * and neither its site nor its admin port responds.
 */
async function start(t: TestContext, { alone = false, firstByte = 60_000 } = {}) {
  const requests: string[] = [];
  const waiting: (() => void)[] = [];
  let frozen = false;
  const from = (name: string) => (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${name} ${request.method} ${request.url}`);
    const respond = () => response.end(name);
    if (name === "first" && frozen) waiting.push(respond);
    else if (request.url === "/slow") setTimeout(respond, 1500);
    else respond();
  };
  const first = await startUpstream(t, "127.0.0.2", from("first"), undefined);
  const [admin] = first.admin.listeners("request");
  assert.ok(typeof admin === "function");
  first.admin.removeAllListeners("request").on("request", (...both) => {
    const respond = () => admin(...both);
    if (frozen) waiting.push(respond);
    else respond();
  });
  if (!alone) await startUpstream(t, "127.0.0.3", from("second"), first);
  const nameServer = await startNameServer(t, ["127.0.0.2", ...(alone ? [] : ["127.0.0.3"])]);
  const changes = { upstream: `gateways.test:${first.port}`, nameServer, checkInterval: 1000 };
  const route = routed({ cache: false, timeouts: { firstByte } });
  const { edge, ports } = await runEdge(t, first, changes, route);
  await eventually(
    async () => edge.status().replicas.filter(({ state }) => state === "ready").length,
    (ready) => ready === (alone ? 1 : 2),
  );
  const url = `http://127.0.0.1:${ports.http}`;
  return {
    requests,
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
      for (const respond of waiting.splice(0)) respond();
    },
    async send(path: string, method = "GET") {
      const began = performance.now();
      const got = await fetch(url + path, { method, ...(method === "POST" && { body: "x" }) });
      const text = await got.text();
      return { status: got.status, text, took: performance.now() - began };
    },
  };
}

test("of a frozen replica's requests those that may be repeated go to the other one, within 1.5 s", async (t) => {
  const chain = await start(t);
  chain.freeze();
  const sent = Array.from({ length: 12 }, (_, index) => chain.send(`/${index}`));
  const responses = await Promise.all(sent);
  assert.ok(chain.requests.some((request) => request.startsWith("first")));
  for (const { status, text, took } of responses) {
    assert.deepEqual([status, text], [200, "second"]);
    assert.ok(took < stretched(HELD_AT_MOST), `it was held for ${took} ms`);
  }
});

test("a POST is never sent twice: it waits for its replica, and gets 504 when its time is over", async (t) => {
  const chain = await start(t, { firstByte: 2500 });
  chain.freeze();
  const sent = Array.from({ length: 8 }, (_, index) => chain.send(`/${index}`, "POST"));
  const responses = await Promise.all(sent);
  assert.equal(chain.requests.length, 8, "each was sent once");
  const held = chain.requests.filter((request) => request.startsWith("first")).length;
  assert.ok(held > 0);
  const late = responses.filter(({ status }) => status === 504);
  assert.equal(late.length, held);
  for (const { took } of late) assert.ok(took >= 2400, "not before its time");
});

test("a slow page of a living replica is sent once", async (t) => {
  const chain = await start(t);
  const responses = await Promise.all(Array.from({ length: 6 }, () => chain.send("/slow")));
  assert.ok(responses.every(({ status }) => status === 200));
  assert.equal(chain.requests.length, 6);
});

test("without another replica a request waits for the frozen one to go on", async (t) => {
  const chain = await start(t, { alone: true });
  chain.freeze();
  const sent = chain.send("/");
  setTimeout(() => chain.thaw(), 2500);
  const { status, text } = await sent;
  assert.deepEqual([status, text, chain.requests.length], [200, "first", 1]);
});

test("a replica whose admin port never responded is not taken for frozen", async (t) => {
  const requests: string[] = [];
  const slow = (_: IncomingMessage, response: ServerResponse) => {
    requests.push("one");
    setTimeout(() => response.end("slow"), 1500);
  };
  const first = await startUpstream(t, "127.0.0.2", slow, undefined);
  const second = await startUpstream(t, "127.0.0.3", slow, first);
  for (const { admin } of [first, second]) admin.close();
  const nameServer = await startNameServer(t, ["127.0.0.2", "127.0.0.3"]);
  const changes = { upstream: `gateways.test:${first.port}`, nameServer };
  const { ports } = await runEdge(t, first, changes, routed({ cache: false }));
  const got = await fetch(`http://127.0.0.1:${ports.http}/`);
  assert.deepEqual([got.status, requests.length], [200, 1]);
});

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { RouteTimeouts } from "../site/site.ts";
import { runEdge, startUpstream } from "../testing/edge.ts";
import { routed, startBytes } from "../testing/upstream.ts";

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";

/** What a client gets from an application that says `said` and then nothing, or a drop at a time. */
async function ask(t: TestContext, timeouts: RouteTimeouts, { said = "", drop = "" }) {
  const upstream = await startBytes(t, (socket) => {
    if (said !== "") socket.write(said);
    if (drop === "") return;
    const timer = setInterval(() => socket.write(drop), 20);
    socket.once("close", () => clearInterval(timer));
  });
  const { ports } = await runEdge(t, upstream, { gracefulTimeout: 50 }, routed({ timeouts }));
  const got = await fetch(`http://127.0.0.1:${ports.http}/`);
  await got.text();
  return { status: got.status, asked: upstream.connections.length };
}

test("no first byte in time: 504, asked once", async (t) => {
  assert.deepEqual(await ask(t, { firstByte: 100 }, {}), { status: 504, asked: 1 });
});

test("a first byte but no whole head in time: 504", async (t) => {
  const { status } = await ask(t, { firstByte: 100 }, { said: "HTTP/1.1 200 " });
  assert.equal(status, 504);
});

test("a silence within the answer breaks it off for the client", async (t) => {
  await assert.rejects(ask(t, { betweenBytes: 100 }, { said: HEAD }));
});

test("an answer that trickles is cut when its total time is over", async (t) => {
  await assert.rejects(ask(t, { betweenBytes: 1000, total: 300 }, { said: HEAD, drop: "x" }));
});

test("the total time counts from the request's head: 504 where nothing came", async (t) => {
  assert.equal((await ask(t, { firstByte: 5000, total: 100 }, {})).status, 504);
});

test("an application that stops taking the request's body: 504", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", (asked) => void asked.pause(), undefined);
  const changes = { bodyMinRate: 0, gracefulTimeout: 50 };
  const { ports } = await runEdge(t, upstream, changes, routed({ timeouts: { send: 200 } }));
  const got = await fetch(`http://127.0.0.1:${ports.http}/`, {
    method: "POST",
    body: Buffer.alloc(32 * 1024 ** 2),
  });
  assert.equal(got.status, 504);
});

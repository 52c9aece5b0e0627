import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import type { WebSettings } from "./settings.ts";
import { startEdge, startUpstream } from "./testing/edge.ts";

const HEAD = "POST /upload HTTP/1.1\r\nHost: a.example\r\n";

/** Sends a beginning, then the same drop again and again; resolves with what came back. */
async function trickle(t: TestContext, changes: Partial<WebSettings>, bytes: string, drop: string) {
  const ends: string[] = [];
  const upstream = (request: IncomingMessage, response: ServerResponse) => {
    request.on("error", () => ends.push("broken off")).resume();
    request.on("end", () => response.end(ends.push("whole")));
  };
  const url = await startEdge(t, await startUpstream(t, "127.0.0.2", upstream, undefined), changes);
  const client = connect(Number(new URL(url).port), "127.0.0.1");
  await once(client, "connect");
  client.write(bytes);
  const timer = setInterval(() => client.writable && client.write(drop), 20);
  t.after(() => clearInterval(timer));
  const text = Buffer.concat(await client.toArray()).toString();
  return { status: /^HTTP\/1\.1 (\d+) /.exec(text)?.[1], text, ends };
}

test("the edge cuts a body that grows above the limit: 413, and the application has no whole one", async (t) => {
  const head = `${HEAD}Transfer-Encoding: chunked\r\n\r\n3e8\r\n${"x".repeat(1000)}\r\n`;
  const { status, text, ends } = await trickle(t, { limitRequestBody: 1000 }, head, "1\r\nx\r\n");
  assert.equal(status, "413");
  assert.match(text, /^Connection: close\r$/m);
  assert.match(text, /X-Request-ID: /);
  assert.ok(!ends.includes("whole"), String(ends));
});

test("the edge cuts a body below the minimum rate: 408", async (t) => {
  const limits = { bodyMinRate: 1000, bodyRateWindow: 300 };
  const head = `${HEAD}Content-Length: 1000000\r\n\r\n`;
  const { status, ends } = await trickle(t, limits, head, "x");
  assert.equal(status, "408");
  assert.ok(!ends.includes("whole"), String(ends));
});

test("the edge cuts a head that trickles: 408 with a request id", async (t) => {
  const { status, text } = await trickle(t, { headersTimeout: stretched(300) }, HEAD, "X: 1\r\n");
  assert.equal(status, "408");
  assert.match(text, /X-Request-ID: [0-9a-f-]{36}\r\n/);
});

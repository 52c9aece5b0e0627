import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import type { WebSettings } from "./settings.ts";
import { startEdge, startUpstream } from "./testing/edge.ts";

const HEAD = "POST /upload HTTP/1.1\r\nHost: a.example\r\n";

/**
 * Sends a beginning, then the same drop again and again, until the edge closes the connection.
 * Resolves with what the client received, and how many requests the application received.
 */
async function trickle(t: TestContext, changes: Partial<WebSettings>, bytes: string, drop: string) {
  let requests = 0;
  const upstream = (_: IncomingMessage, response: ServerResponse) => response.end(requests++);
  const url = await startEdge(t, await startUpstream(t, "127.0.0.2", upstream, undefined), changes);
  const client = connect(Number(new URL(url).port), "127.0.0.1");
  let text = "";
  client.on("data", (piece) => {
    text += piece;
  });
  // A drop may be on its way when the edge closes.
  client.on("error", () => undefined);
  client.write(bytes);
  const timer = setInterval(() => client.writable && client.write(drop), 20);
  await once(client, "close");
  clearInterval(timer);
  return { status: /^HTTP\/1\.1 (\d+) /.exec(text)?.[1], text, requests };
}

test("the edge cuts a body that grows above the limit: 413, and the application gets none of it", async (t) => {
  const head = `${HEAD}Transfer-Encoding: chunked\r\n\r\n3e8\r\n${"x".repeat(1000)}\r\n`;
  const cut = await trickle(t, { limitRequestBody: 1000 }, head, "1\r\nx\r\n");
  assert.equal(cut.status, "413");
  assert.match(cut.text, /^Connection: close\r$/m);
  assert.match(cut.text, /X-Request-ID: /);
  assert.equal(cut.requests, 0);
});

test("the edge cuts a body below the minimum rate: 408, and the application gets none of it", async (t) => {
  const limits = { bodyMinRate: 10_000, bodyRateWindow: 300 };
  const head = `${HEAD}Content-Length: 1000000\r\n\r\n`;
  const cut = await trickle(t, limits, head, "x");
  assert.equal(cut.status, "408");
  assert.equal(cut.requests, 0);
});

test("the edge cuts a head that trickles: 408 with a request id", async (t) => {
  const { status, text } = await trickle(t, { headersTimeout: stretched(300) }, HEAD, "X: 1\r\n");
  assert.equal(status, "408");
  assert.match(text, /X-Request-ID: [0-9a-f-]{36}\r\n/);
});

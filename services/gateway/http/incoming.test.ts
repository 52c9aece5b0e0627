import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { Incoming } from "./incoming.ts";

/** A server of such requests, closed with its connections when the test ends. */
async function serve(t: TestContext, listener: RequestListener<typeof Incoming>): Promise<string> {
  const server = createServer({ IncomingMessage: Incoming }, listener).listen(0, "127.0.0.1");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("who waits for the end of a request without a body, or for its close, hears of both", async (t) => {
  const heard: string[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const url = await serve(t, (request, response) => {
    response.end();
    request.on("end", () => heard.push("end")).on("close", resolve);
  });
  await fetch(url);
  await closed;
  assert.deepEqual(heard, ["end"]);
});

test("a request that nobody waits for is over with its answer, and was not aborted", async (t) => {
  const { promise: answered, resolve } = Promise.withResolvers<Incoming>();
  const url = await serve(t, (request, response) => {
    response.on("close", () => resolve(request)).end();
  });
  await fetch(url);
  const { readableEnded, closed, destroyed, aborted, signal } = await answered;
  assert.deepEqual(
    [readableEnded, closed, destroyed, aborted, signal.aborted],
    [true, true, true, false, false],
  );
});

test("a body that nobody read gives way to the next request of its connection", async (t) => {
  const url = await serve(t, (request, response) => response.end(String(request.method)));
  for (const body of ["x", "y".repeat(200_000), "z"]) {
    const answer = await fetch(url, { method: "POST", body });
    assert.equal(await answer.text(), "POST");
  }
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { Exchange } from "./exchange.ts";
import { Incoming } from "./incoming.ts";

/** The raw fields of the answer that `application` gives to a request with the id order-4711. */
async function answered(t: TestContext, application: (response: ServerResponse) => unknown) {
  const classes = { IncomingMessage: Incoming, ServerResponse: Exchange };
  const server = createServer(classes, (_, exchange) => {
    exchange.requestId = "order-4711";
    application(exchange);
  });
  server.listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: "close" } })).headers;
}

const ways: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  "by nothing but its end": (response) => response.end("x"),
  "by an object": (response) => response.writeHead(200, { "X-Word": "a" }).end("x"),
  "by a flat list": (response) => response.writeHead(200, "Fine", ["X-Word", "a"]).end("x"),
  "one by one": (response) => response.setHeader("X-Word", "a").end("x"),
  "one by one, with an id of the application's own": (response) =>
    response.setHeader("x-request-id", "mine").writeHead(200, { "X-Word": "a" }).end("x"),
  "after another prototype was put under it": (response) => {
    Object.setPrototypeOf(response, Object.getPrototypeOf(Exchange.prototype));
    response.end("x");
  },
};

for (const [way, application] of Object.entries(ways)) {
  test(`a head that is given ${way} has the request's id, once`, async (t) => {
    const headers = await answered(t, application);
    assert.equal(headers.get("x-request-id"), "order-4711");
    assert.ok(headers.has("date"));
  });
}

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { contentTypeOf, Exchange, Incoming, stateOf } from "./exchange.ts";

/** A server with the gateway's classes, closed with its connections when the test ends. */
async function serve(
  t: TestContext,
  application: (response: Exchange, request: Incoming) => unknown,
): Promise<string> {
  const classes = { IncomingMessage: Incoming, ServerResponse: Exchange };
  const server = createServer(classes, (request, exchange) => {
    stateOf(exchange).requestId = "order-4711";
    application(exchange, request);
  });
  server.listen(0, "127.0.0.1");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ways: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  "by nothing but its end": (response) => response.end("x"),
  "by an object with an id of the application's own": (response) =>
    response.writeHead(200, { "X-Request-Id": "mine", "X-Word": "a" }).end("x"),
  "by a flat list with one": (response) =>
    response.writeHead(200, ["X-Word", "a", "x-request-id", "mine"]).end("x"),
  "by pairs with one": (response) =>
    response
      .writeHead(200, [
        ["X-Word", "a"],
        ["X-REQUEST-ID", "mine"],
      ] as never)
      .end("x"),
  "by an object": (response) => response.writeHead(200, { "X-Word": "a" }).end("x"),
  "by a flat list": (response) => response.writeHead(200, "Fine", ["X-Word", "a"]).end("x"),
  "one by one": (response) => response.setHeader("X-Word", "a").end("x"),
  "one by one, with an id of the application's own": (response) =>
    response.setHeader("x-request-id", "mine").writeHead(200, { "X-Word": "a" }).end("x"),
  "after its prototype was replaced": (response) => {
    Object.setPrototypeOf(response, Object.getPrototypeOf(Exchange.prototype));
    response.end("x");
  },
};

for (const [way, application] of Object.entries(ways)) {
  test(`a head that is written ${way} has the request's id, once`, async (t) => {
    const { headers } = await fetch(await serve(t, application));
    assert.equal(headers.get("x-request-id"), "order-4711");
    assert.ok(headers.has("date"));
    assert.ok(way.includes("nothing") || way.includes("replaced") || headers.get("x-word") === "a");
  });
}

const kept: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  "one by one": (response) => response.setHeader("Connection", "keep-alive").end("x"),
  "by an object": (response) => response.writeHead(200, { connection: "keep-alive" }).end("x"),
  "by a flat list": (response) => response.writeHead(200, ["Connection", "Keep-Alive"]).end("x"),
};

for (const [way, application] of Object.entries(kept)) {
  test(`in the lame duck a head with Connection: keep-alive, written ${way}, closes its connection`, async (t) => {
    const owner = { lameDuck: true, serverTiming: false, keepAlive: 1000 };
    const url = await serve(t, (response) => {
      response.ownedBy({ ...owner, eventStream: () => undefined, ended: () => undefined });
      application(response);
    });
    const { headers } = await fetch(url);
    assert.equal(headers.get("connection"), "close");
  });
}

test("the Content-Type is found in every form in which Node takes the fields of a head", () => {
  const forms = [
    { "content-type": ["Content-Type", "text/css"] },
    { Server: "x", "Content-type": "text/css" },
    ["Server", "x", "CONTENT-TYPE", "text/css"],
    { Server: "x", "Content-Type": "text/css" },
    ["Server", "x", "content-type", "text/css"],
    [
      ["Server", "x"],
      ["Content-Type", "text/css"],
    ],
  ];
  for (const fields of forms) assert.equal(contentTypeOf(fields), "text/css");
});

test("a head without a Content-Type has none", () => {
  for (const fields of [undefined, {}, [], { Server: "x" }, ["Server", "Content-Type"]]) {
    assert.equal(contentTypeOf(fields), "");
  }
});

test("listeners of the end or the close of a request without a body are called", async (t) => {
  const events: string[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const url = await serve(t, (response, request) => {
    response.end();
    request.on("end", () => events.push("end")).on("close", resolve);
  });
  await fetch(url);
  await closed;
  assert.deepEqual(events, ["end"]);
});

test("a request without listeners closes with its response, and is not aborted", async (t) => {
  const { promise: responded, resolve } = Promise.withResolvers<IncomingMessage>();
  const url = await serve(t, (response, request) => {
    response.on("close", () => resolve(request)).end();
  });
  await fetch(url);
  const { readableEnded, closed, destroyed, aborted, signal } = (await responded) as Incoming;
  assert.deepEqual(
    [readableEnded, closed, destroyed, aborted, signal.aborted],
    [true, true, true, false, false],
  );
});

test("a body that the application does not read does not stop the next request", async (t) => {
  const url = await serve(t, (response, request) => response.end(String(request.method)));
  for (const body of ["x", "y".repeat(200_000), "z"]) {
    const response = await fetch(url, { method: "POST", body });
    assert.equal(await response.text(), "POST");
  }
});

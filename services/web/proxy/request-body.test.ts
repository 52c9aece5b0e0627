import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SOCKET_BUFFERS } from "@gatehouse/telemetry/testing";
import echo from "../../../examples/echo.ts";
import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";
import { eventually, runEdge, startUpstream, type Upstream } from "../testing/edge.ts";
import { response, routed, stalled, startBytes } from "../testing/upstream.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

async function start(
  t: TestContext,
  upstream: Upstream | Listener,
  route: Partial<ProxyRoute>,
  changes: Partial<WebSettings> = {},
) {
  const behind =
    typeof upstream === "function"
      ? await startUpstream(t, "127.0.0.2", upstream, undefined)
      : upstream;
  const { ports } = await runEdge(t, behind, { gracefulTimeout: 50, ...changes }, routed(route));
  return ports.http;
}

/** A request whose body a test sends piece by piece. */
function post(t: TestContext, port: number, headers: Record<string, string | number> = {}) {
  const sent = request({ port, host: "127.0.0.1", method: "POST", headers, agent: false });
  sent.on("error", () => undefined);
  t.after(() => sent.destroy());
  const status = once(sent, "response").then(async ([got]) => {
    const body = Buffer.concat(await got.toArray()).toString();
    return { status: got.statusCode, body, trailers: got.trailers };
  });
  return { sent, status };
}

test("a streamed body reaches the application while the client still sends", async (t) => {
  const upstream = await startBytes(t, (socket, received) => {
    if (received.endsWith("0\r\n\r\n")) socket.write(response("whole"));
  });
  const { sent, status } = post(t, await start(t, upstream, {}));
  sent.write("first");
  await eventually(
    async () => upstream.received[0] ?? "",
    (received) => received.endsWith("\r\n5\r\nfirst\r\n"),
  );
  sent.end("second");
  assert.equal((await status).body, "whole");
  const framings = upstream.received[0]?.match(/^(?:content-length|transfer-encoding): .*/gim);
  assert.deepEqual(framings, ["Transfer-Encoding: chunked"]);
});

test("an application that does not read slows the client down", async (t) => {
  const port = await start(t, () => undefined, {}, { bodyMinRate: 0, limitRequestBody: 0 });
  const { sent } = post(t, port);
  const piece = Buffer.alloc(256 * 1024);
  let taken = 0;
  const fill = () => {
    while (taken < 512 * 1024 ** 2) {
      taken += piece.length;
      if (!sent.write(piece)) return;
    }
  };
  sent.on("drain", fill);
  fill();
  await stalled(() => taken);
  // Two connections: to the edge, and to the application.
  assert.ok(taken < 2 * SOCKET_BUFFERS + 16 * 1024 ** 2, `${taken} bytes were taken`);
});

test("trailers of a request reach the application, and those of its response the client", async (t) => {
  const port = await start(
    t,
    async (request, response) => {
      await request.toArray();
      response.writeHead(200, { Trailer: "X-Sum" });
      response.write("body");
      response.addTrailers({ "X-Sum": request.trailers["x-check"] ?? "none" });
      response.end();
    },
    {},
  );
  const { sent, status } = post(t, port, { Trailer: "X-Check", "Transfer-Encoding": "chunked" });
  sent.write("body");
  sent.addTrailers({ "X-Check": "7" });
  sent.end();
  assert.deepEqual(await status, { status: 200, body: "body", trailers: { "x-sum": "7" } });
});

test("a route that gathers sends nothing before the body is complete or fills the buffer", async (t) => {
  const upstream = await startBytes(t, (socket, received) => {
    if (received.startsWith("GET") || received.endsWith("0\r\n\r\n"))
      socket.write(response("whole"));
  });
  const port = await start(t, upstream, { body: "gather" });
  const small = post(t, port);
  await new Promise((resolve) => small.sent.write("first", resolve));
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  assert.ok(
    !upstream.received.some((received) => received.includes("first")),
    "the body was sent on",
  );
  small.sent.end("second");
  assert.equal((await small.status).body, "whole");

  const large = post(t, port);
  large.sent.write(Buffer.alloc(20_000, "l"));
  await eventually(
    async () => upstream.received.some((received) => received.includes("llll")),
    (found) => found,
  );
  large.sent.end();
  assert.equal((await large.status).body, "whole");
});

test("a body that stops while it is gathered gets 408, and no replica gets any of it", async (t) => {
  const upstream = await startBytes(t, (socket) => socket.write(response("received")));
  const changes = { bodyMinRate: 1000, bodyRateWindow: 200 };
  const { sent, status } = post(t, await start(t, upstream, { body: "gather" }, changes), {
    "content-length": 1000,
  });
  sent.write("first");
  assert.equal((await status).status, 408);
  assert.equal(upstream.connections.length, 0);
});

test("a route that buffers sends nothing before the body is complete, and sends it counted", async (t) => {
  const upstream = await startBytes(t, (socket, received) => {
    if (received.endsWith("firstsecond")) socket.write(response("whole"));
  });
  const { sent, status } = post(t, await start(t, upstream, { body: "buffer" }));
  sent.write("first");
  await new Promise((soon) => setImmediate(soon));
  assert.equal(upstream.connections.length, 0);
  sent.end("second");
  assert.equal((await status).body, "whole");
  const framings = upstream.received[0]?.match(/^(?:content-length|transfer-encoding): .*/gim);
  assert.deepEqual(framings, ["Content-Length: 11"]);
});

test("a buffered body goes to disk where memory ends, arrives whole, and leaves no file", async (t) => {
  const bufferFolder = await mkdtemp(join(tmpdir(), "gatehouse-buffer-"));
  t.after(() => rm(bufferFolder, { recursive: true }));
  const changes = { bufferFolder, bufferMemory: 100_000 };
  const port = await start(t, echo, { body: "buffer" }, changes);
  const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 251));
  const got = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });
  assert.ok(Buffer.from(await got.arrayBuffer()).equals(body));
  assert.deepEqual(await readdir(bufferFolder), []);
});

test("a buffered body larger than the memory of its connection goes to disk, and is not broken off", async (t) => {
  const limits = { bufferMemory: 16 * 1024 ** 2, limitConnectionMemory: 1024 ** 2 };
  const port = await start(t, echo, { body: "buffer" }, limits);
  const body = Buffer.alloc(12 * 1024 ** 2, "x");
  const got = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });
  assert.equal((await got.arrayBuffer()).byteLength, body.length);
});

test("the part of a buffered body that is in memory counts as its client's", async (t) => {
  const limits = { limitMemory: 1024 ** 2, bodyMinRate: 0 };
  const changes = { bufferMemory: 1024 ** 2, ...limits };
  const port = await start(t, echo, { body: "buffer" }, changes);
  let cut = 0;
  for (let count = 0; count < 4; count++) {
    const { sent, status } = post(t, port, { "Content-Length": 1_000_000 });
    status.catch(() => cut++);
    sent.write(Buffer.alloc(600_000));
  }
  await eventually(
    async () => cut,
    (count) => count === 3,
  );
  const other = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "small" });
  assert.equal(other.status, 200);
});

test("buffered bodies together take no more of the disk than allowed: 503, and the space is free again afterwards", async (t) => {
  const changes = { bufferMemory: 0, bufferDisk: 1000 };
  const port = await start(t, echo, { body: "buffer" }, changes);
  const send = async (size: number) => {
    const got = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      body: "x".repeat(size),
    });
    await got.arrayBuffer();
    return got.status;
  };
  for (const size of [900, 1100, 900, 900]) {
    assert.equal(await send(size), size > 1000 ? 503 : 200, String(size));
  }
});

test("a disk that takes no more is a 503, and no fault of the application", async (t) => {
  const changes = { bufferMemory: 0, bufferFolder: "/proc" };
  const port = await start(t, echo, { body: "buffer" }, changes);
  for (let count = 0; count < 2; count += 1) {
    const got = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "body" });
    assert.equal(got.status, 503);
    assert.match(await got.text(), /Too many uploads/);
  }
});

test("a buffered body may be sent again: a PUT whose replica breaks off is sent on another connection", async (t) => {
  const upstream = await startBytes(t, (socket, received, nth) => {
    if (!received.endsWith("body")) return;
    if (received.split("PUT /").length === 3) socket.destroy();
    else socket.write(response(`connection ${nth}`));
  });
  const port = await start(t, upstream, { body: "buffer" });
  const put = async () =>
    (await fetch(`http://127.0.0.1:${port}/`, { method: "PUT", body: "body" })).text();
  assert.equal(await put(), "connection 0");
  assert.equal(await put(), "connection 1");
});

test("a route's own limit: 413 before anything is sent, or as soon as the body grows above it", async (t) => {
  const upstream = await startBytes(t, () => undefined);
  const port = await start(t, upstream, { bodyLimit: 10 });
  const counted = post(t, port, { "Content-Length": 11 });
  counted.sent.end("x".repeat(11));
  assert.equal((await counted.status).status, 413);
  assert.equal(upstream.connections.length, 0);
  const growing = post(t, port);
  growing.sent.write("x".repeat(8));
  growing.sent.write("x".repeat(8));
  assert.equal((await growing.status).status, 413);
  // No request may hide behind the rest of it.
  await once(growing.sent, "close");
});

test("a chunked body of exactly the route's limit is taken", async (t) => {
  const upstream = await startBytes(t, (socket, received) => {
    if (received.endsWith("0\r\n\r\n")) socket.write(response("whole"));
  });
  const { sent, status } = post(t, await start(t, upstream, { bodyLimit: 10 }));
  sent.write("x".repeat(4));
  sent.end("x".repeat(6));
  const { status: code, body } = await status;
  assert.deepEqual([code, body], [200, "whole"]);
});

test("a client that leaves within its body: the application gets no end of it", async (t) => {
  const seen: string[] = [];
  const port = await start(
    t,
    (request) => {
      request.on("end", () => seen.push("whole")).on("error", () => seen.push("broken"));
      request.resume();
      seen.push("begun");
    },
    {},
  );
  const { sent, status } = post(t, port, { "Content-Length": 100 });
  status.catch(() => undefined);
  sent.write("some of it");
  const atLeast = (count: number) =>
    eventually(
      async () => seen,
      ({ length }) => length >= count,
    );
  await atLeast(1);
  sent.destroy();
  assert.deepEqual(await atLeast(2), ["begun", "broken"]);
});

/** Sends a head that expects 100 Continue, then `body`; resolves with all that it received. */
async function expectContinue(port: number, body: string) {
  const socket = connect(port, "127.0.0.1");
  socket.write(
    `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  let continued = false;
  let text = "";
  for await (const piece of socket) {
    text += piece;
    if (!continued && text.startsWith("HTTP/1.1 100 ")) {
      continued = true;
      socket.write(body);
    }
  }
  return text;
}

test("the edge itself sends 100 Continue, and the application gets no Expect", async (t) => {
  const upstream = await startBytes(t, (socket, received) => {
    if (received.endsWith("body")) socket.write(response("whole"));
  });
  const text = await expectContinue(await start(t, upstream, {}), "body");
  assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  assert.doesNotMatch(upstream.received[0] ?? "", /expect/i);
});

test("where the route says so the application gets Expect, and its refusal saves the upload", async (t) => {
  const port = await start(t, echo, { continues: "application" });
  assert.match(
    await expectContinue(port, "body"),
    /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [\s\S]*body$/,
  );
  const refusing = await startBytes(t, (socket) => {
    socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  });
  const text = await expectContinue(await start(t, refusing, { continues: "application" }), "body");
  assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*no$/);
  assert.match(refusing.received[0] ?? "", /^Expect: 100-continue\r$/m);
});

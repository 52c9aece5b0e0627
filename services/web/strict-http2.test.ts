import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { WebSettings } from "./settings.ts";
import { runEdge, startUpstream } from "./testing/edge.ts";
import { makeCertificate } from "./testing/https.ts";

async function start(t: TestContext, changes: Partial<WebSettings>) {
  const { ca, settings } = await makeCertificate(t);
  const upstream = await startUpstream(t, "127.0.0.2", readAll, undefined);
  const edge = await runEdge(t, upstream, { https: "serve", ...settings, ...changes });
  return { ca, port: edge.ports.https ?? 0 };
}

async function startSession(t: TestContext, changes: Partial<WebSettings>) {
  const { ca, port } = await start(t, changes);
  const session = connect(`https://127.0.0.1:${port}`, { ca });
  t.after(() => session.destroy());
  await once(session, "connect");
  return session;
}

/** Responds to complete requests; what breaks off has been refused by the edge. */
function readAll(request: IncomingMessage, response: ServerResponse) {
  request.on("error", () => undefined).resume();
  request.on("end", () => response.end());
}

/** The status of the response, or "reset" where HTTP/2's own layer ended the stream. */
async function statusOf(session: ClientHttp2Session, headers: OutgoingHttpHeaders) {
  const stream = session.request(headers, { endStream: headers[":method"] !== "POST" });
  const reset = once(stream, "error").then(() => [{ ":status": "reset" }]);
  const [response] = await Promise.race([once(stream, "response"), reset]).catch(() => reset);
  stream.resume();
  return response[":status"];
}

test("HTTP/2 requests keep the same rules, and a refused one costs no other stream", async (t) => {
  const session = await startSession(t, {});
  const cases: [string, OutgoingHttpHeaders, number | "reset"][] = [
    ["a plain request", {}, 200],
    ["the same authority twice", { ":authority": "a.example", host: "A.example:443" }, 200],
    ["sub-delims in the authority", { ":authority": "a!$&'()*+;=b.example" }, 200],
    ["two authorities", { ":authority": "a.example", host: "b.example" }, 400],
    ["user-info in the authority", { ":authority": "u@a.example" }, "reset"],
    ["a listed authority", { ":authority": "a.example,b.example" }, 400],
    ["a path in the authority", { ":authority": "a.example/x" }, "reset"],
    ["a fragment", { ":path": "/x#y" }, 400],
    ["an underscore name that shadows", { x_forwarded_for: "6.6.6.6" }, 400],
    ["another underscore name", { user_id: "7" }, 200],
    ["a long target", { ":path": `/${"a".repeat(4100)}` }, 414],
    ["a long field", { "x-long": "a".repeat(8200) }, 431],
    ["a body above the limit", { ":method": "POST", "content-length": 65 * 1024 ** 2 }, 413],
    ["OPTIONS *", { ":method": "OPTIONS", ":path": "*" }, 204],
  ];
  for (const [name, headers, status] of cases) {
    assert.equal(await statusOf(session, headers), status, name);
  }
  assert.equal(await statusOf(session, {}), 200);
});

test("CONNECT over HTTP/2 is 405 and says what is allowed", async (t) => {
  const session = await startSession(t, {});
  const stream = session.request({ ":method": "CONNECT", ":authority": "a.example:80" });
  const [response] = await once(stream, "response");
  assert.equal(response[":status"], 405);
  assert.match(String(response.allow), /GET, HEAD/);
});

test("a body over HTTP/2 that grows above the limit is 413, and its session lives on", async (t) => {
  const session = await startSession(t, { limitRequestBody: 1000 });
  const stream = session.request({ ":method": "POST" });
  stream.write("x".repeat(600));
  stream.write("x".repeat(600));
  const [response] = await once(stream, "response");
  assert.equal(response[":status"], 413);
  stream.resume();
  await once(stream, "close");
  assert.equal(await statusOf(session, {}), 200);
});

test("a body over HTTP/2 below the minimum rate is 408", async (t) => {
  const session = await startSession(t, { bodyMinRate: 1000, bodyRateWindow: 300 });
  const stream = session.request({ ":method": "POST" });
  const timer = setInterval(() => stream.writable && stream.write("x"), 20);
  t.after(() => clearInterval(timer));
  const [response] = await once(stream, "response");
  assert.equal(response[":status"], 408);
  stream.resume();
});

test("a body over HTTP/2 that stalls after its response is cut, and its session lives on", async (t) => {
  const session = await startSession(t, { bodyMinRate: 1000, bodyRateWindow: 300 });
  const stream = session.request({ ":method": "OPTIONS", ":path": "*" }, { endStream: false });
  const closed = once(stream, "close");
  stream.on("error", () => undefined).resume();
  await closed;
  assert.equal(await statusOf(session, {}), 200);
});

test("Host in the trailers of an HTTP/2 body is 400", async (t) => {
  const session = await startSession(t, {});
  const stream = session.request({ ":method": "POST" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ host: "b.example" }));
  stream.end("hello");
  const [response] = await once(stream, "response");
  assert.equal(response[":status"], 400);
  stream.resume();
});

test("HTTP/1.1 over TLS keeps the same rules, the parser's and ours", async (t) => {
  const { ca, port } = await start(t, {});
  const ask = async (bytes: string) => {
    const socket = connectTls({ host: "127.0.0.1", port, ca }, () => socket.write(bytes));
    return Buffer.concat(await socket.toArray()).toString();
  };
  const marker = "GET /marker HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const [head, status] of [
    ["GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", 400],
    ["CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405],
    ["GET / HTTP/1.3\r\nHost: a\r\n\r\n", 505],
  ] as const) {
    const statuses = (await ask(head + marker)).match(/^HTTP\/1\.1 \d+/gm);
    assert.deepEqual(statuses, [`HTTP/1.1 ${status}`], head);
  }
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type ServerResponse } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { SOCKET_BUFFERS } from "@gatehouse/telemetry/testing";
import { runEdge, startUpstream } from "../testing/edge.ts";
import { makeCertificate } from "../testing/https.ts";
import { routed, stalled, startBytes } from "../testing/upstream.ts";

const HINTED =
  "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" +
  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";

test("early hints reach HTTP/1.1 and HTTP/2 clients ahead of the response", async (t) => {
  const { ca, settings } = await makeCertificate(t);
  const upstream = await startBytes(t, (socket) => socket.write(HINTED));
  const { ports } = await runEdge(t, upstream, { https: "serve", ...settings }, routed({}));
  const sent = request({ port: ports.http, host: "127.0.0.1", agent: false }).end();
  const responded = once(sent, "response");
  const [hint] = await once(sent, "information");
  assert.deepEqual([hint.statusCode, hint.headers.link], [103, "</a.css>; rel=preload"]);
  const [got] = await responded;
  assert.equal(Buffer.concat(await got.toArray()).toString(), "done");
  const session = connectHttp2(`https://127.0.0.1:${ports.https}`, { ca });
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/" });
  const [early] = await once(stream, "headers");
  assert.deepEqual([early[":status"], early.link], [103, "</a.css>; rel=preload"]);
  stream.setEncoding("utf8");
  assert.equal((await stream.toArray()).join(""), "done");
});

test("fields of any name are passed on, except HTTP2-Settings, which is for one hop", async (t) => {
  const { ca, settings } = await makeCertificate(t);
  const odd =
    "HTTP/1.1 103 Early Hints\r\n__proto__: a\r\n\r\n" +
    "HTTP/1.1 200 OK\r\nconstructor: b\r\nHTTP2-Settings: AAAA\r\nContent-Length: 4\r\n\r\ndone";
  const upstream = await startBytes(t, (socket) => socket.write(odd));
  const { ports } = await runEdge(t, upstream, { https: "serve", ...settings }, routed({}));
  const session = connectHttp2(`https://127.0.0.1:${ports.https}`, { ca });
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/" });
  const responded = once(stream, "response");
  const [, , hinted] = await once(stream, "headers");
  assert.deepEqual(hinted.slice(2, 4), ["__proto__", "a"]);
  const [got] = await responded;
  assert.deepEqual([got[":status"], got.constructor, got["http2-settings"]], [200, "b", undefined]);
  stream.resume();
});

test("a client of HTTP/1.0 gets no interim response, and a body that ends with the connection", async (t) => {
  const chunked = HINTED.replace(
    "Content-Length: 4\r\n\r\ndone",
    "Transfer-Encoding: chunked\r\n\r\n",
  );
  const upstream = await startBytes(t, (socket) =>
    socket.write(`${chunked}4\r\ndone\r\n0\r\n\r\n`),
  );
  const { ports } = await runEdge(t, upstream, {}, routed({}));
  const socket = connect(ports.http, "127.0.0.1");
  socket.write("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  const text = Buffer.concat(await socket.toArray()).toString();
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\ndone$/);
  assert.doesNotMatch(text, /transfer-encoding/i);
});

test("the head of a response is sent before there is any body", async (t) => {
  const upstream = await startBytes(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
  });
  const { ports } = await runEdge(t, upstream, { gracefulTimeout: 50 }, routed({}));
  const got = await fetch(`http://127.0.0.1:${ports.http}/`);
  assert.equal(got.headers.get("content-type"), "text/event-stream");
  await got.body?.cancel();
});

test("server-sent events are passed on one by one, as they are sent", async (t) => {
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      open = response;
      response.write("data: 0\n\n");
    },
    undefined,
  );
  let open: ServerResponse | undefined;
  const { ports } = await runEdge(t, upstream, {}, routed({}));
  const got = await fetch(`http://127.0.0.1:${ports.http}/`);
  const events = got.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let event = 0; event < 5; event++) {
    assert.equal((await events?.read())?.value, `data: ${event}\n\n`);
    open?.write(`data: ${event + 1}\n\n`);
  }
  await events?.cancel();
});

test("a client that reads slowly slows the application down, and gets the whole response in the end", async (t) => {
  // More than two connections hold.
  const size = 2 * SOCKET_BUFFERS + 16 * 1024 ** 2;
  let written = 0;
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => {
      response.writeHead(200, { "Content-Length": size });
      const fill = () => {
        while (written < size) {
          const piece = Buffer.alloc(65_536, written / 65_536);
          written += piece.length;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on("drain", fill);
      fill();
    },
    undefined,
  );
  const { ports } = await runEdge(t, upstream, {}, routed({}));
  const sent = request({ port: ports.http, host: "127.0.0.1", agent: false }).end();
  const [got] = await once(sent, "response");
  await stalled(() => written);
  assert.ok(written < size, `${written} bytes were taken`);
  let bytes = 0;
  for await (const piece of got) {
    for (const at of [0, piece.length - 1]) {
      assert.equal(piece[at], Math.floor((bytes + at) / 65_536) % 256);
    }
    bytes += piece.length;
  }
  assert.equal(bytes, size);
});

test("responses of all kinds keep their status, the order of their fields, and an empty body", async (t) => {
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, ["Set-Cookie", "a=1", "X-One", "1", "Set-Cookie", "b=2"]);
      response.end(status === 204 || status === 304 ? undefined : "body");
    },
    undefined,
  );
  const { ports } = await runEdge(t, upstream, {}, routed({}));
  for (const status of [200, 204, 304, 404, 500, 599]) {
    for (const method of ["GET", "HEAD"]) {
      const got = await fetch(`http://127.0.0.1:${ports.http}/${status}`, { method });
      assert.equal(got.status, status);
      assert.deepEqual(got.headers.getSetCookie(), ["a=1", "b=2"]);
      const empty = method === "HEAD" || status === 204 || status === 304;
      assert.equal(await got.text(), empty ? "" : "body", `${method} ${status}`);
    }
  }
});

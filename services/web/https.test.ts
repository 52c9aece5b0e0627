import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, constants } from "node:http2";
import { request } from "node:https";
import { connect as dial } from "node:net";
import { test } from "node:test";
import { connect as dialTls } from "node:tls";
import { isLate } from "@gatehouse/telemetry/testing";
import echo from "../../examples/echo.ts";
import { spareTime } from "./limits/spare-time.ts";
import { eventually, runEdge, startUpstream } from "./testing/edge.ts";
import { makeCertificate, startHttps } from "./testing/https.ts";

test("HTTP/1.1 over TLS is forwarded as https", async (t) => {
  const { ca, origin } = await startHttps(t, {});
  const [received] = await once(request(`${origin}/x`, { ca }).end(), "response");
  const seen = JSON.parse(Buffer.concat(await received.toArray()).toString());
  assert.deepEqual([received.httpVersion, seen.scheme], ["1.1", "https"]);
});

test("an HTTP/2 request becomes an HTTP/1.1 request with one Host and one Cookie", async (t) => {
  const { ca, origin } = await startHttps(t, {});
  const session = connect(origin, { ca });
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/h2?x", cookie: ["a=1", "b=2"], "x-kept": "yes" });
  stream.setEncoding("utf8");
  const [headers] = await once(stream, "response");
  const { method, target, rawHeaders } = JSON.parse((await stream.toArray()).join(""));
  assert.equal(headers[":status"], 200);
  assert.match(String(headers["server-timing"]), /^web;dur=/);
  assert.deepEqual([method, target], ["GET", "/h2?x"]);
  const names = rawHeaders.filter((_: string, at: number) => at % 2 === 0);
  const lower = names.map((name: string) => name.toLowerCase());
  assert.equal(lower.filter((name: string) => name === "host").length, 1);
  assert.ok(rawHeaders.includes("a=1; b=2"), rawHeaders);
  assert.ok(!lower.some((name: string) => name.startsWith(":")), lower);
});

test("HTTP/2 clients get the same of an application's response as HTTP/1.1 clients", async (t) => {
  const { ca, settings } = await makeCertificate(t);
  const twice = ["X-Content-Type-Options", "nosniff", "X-Content-Type-Options", "nosniff"];
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    ({ url }, response) => {
      if (url === "/twice") response.writeHead(200, twice).end();
      else response.writeHead(204, { "Content-Length": 5 }).end();
    },
    undefined,
  );
  const { ports } = await runEdge(t, upstream, { https: "serve", ...settings });
  const session = connect(`https://127.0.0.1:${ports.https}`, { ca });
  t.after(() => session.destroy());
  for (const [path, status] of [
    ["/twice", 200],
    ["/length", 204],
  ] as const) {
    const late = { signal: AbortSignal.timeout(10_000) };
    const [headers] = await once(session.request({ ":path": path }).resume(), "response", late);
    assert.deepEqual([headers[":status"], headers["content-length"]], [status, undefined], path);
  }
});

test("a body over HTTP/2 arrives whole", async (t) => {
  const { ca, origin } = await startHttps(t, {});
  const session = connect(origin, { ca });
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/", ":method": "POST" });
  stream.setEncoding("utf8");
  stream.end("y".repeat(200_000));
  assert.equal((await stream.toArray()).join("").length, 200_000);
});

test("with redirects on, plain HTTP leads to the public origin, method and body kept", async (t) => {
  const { edge } = await startHttps(t, { https: "redirect", publicOrigin: "https://shop.example" });
  const received = await fetch(`http://127.0.0.1:${edge.ports.http}/a?b`, {
    method: "POST",
    redirect: "manual",
  });
  assert.deepEqual(
    [received.status, received.headers.get("location")],
    [308, "https://shop.example/a?b"],
  );
});

test("without its certificate the edge does not start", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", echo, undefined);
  await assert.rejects(runEdge(t, upstream, { https: "serve", tlsCertificate: ["/missing.crt"] }), {
    message: /^the TLS file cannot be read: ENOENT.*\/missing\.crt/,
  });
});

test("a stopping edge finishes what is in flight and sends GOAWAY to HTTP/2 clients", async (t) => {
  const { ca, settings } = await makeCertificate(t);
  const waiting: (() => void)[] = [];
  const bothArrived = Promise.withResolvers<void>();
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => {
      if (waiting.push(() => response.end("done")) === 2) bothArrived.resolve();
    },
    undefined,
  );
  const edge = await runEdge(t, upstream, { https: "serve", ...settings });
  const session = connect(`https://127.0.0.1:${edge.ports.https}`, { ca });
  const toldToGo = once(session, "goaway");
  const overHttp2 = session.request({ ":path": "/" });
  overHttp2.setEncoding("utf8");
  const overHttp1 = fetch(`http://127.0.0.1:${edge.ports.http}/`);
  await bothArrived.promise;
  const stopped = edge.stop();
  await toldToGo;
  for (const respond of waiting) respond();
  assert.equal((await overHttp2.toArray()).join(""), "done");
  assert.equal(await (await overHttp1).text(), "done");
  await stopped;
});

test("a client that leaves in the middle is logged as 499, over HTTP/2 as over HTTP/1.1", async (t) => {
  const { ca, settings } = await makeCertificate(t);
  const upstream = await startUpstream(t, "127.0.0.2", (_, r) => r.write("begun"), undefined);
  const edge = await runEdge(t, upstream, { https: "serve", ...settings });
  const session = connect(`https://127.0.0.1:${edge.ports.https}`, { ca });
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/" });
  await once(stream, "data");
  stream.close(constants.NGHTTP2_CANCEL);
  const leaving = new AbortController();
  const received = await fetch(`http://127.0.0.1:${edge.ports.http}/`, { signal: leaving.signal });
  leaving.abort();
  await assert.rejects(received.text());
  const admin = `http://127.0.0.1:${edge.ports.admin}/metrics`;
  await eventually(
    async () => (await fetch(admin)).text(),
    (metrics) =>
      metrics.includes('web_requests_total{route="site",served_by="application",status="4xx"} 2'),
  );
});

test("a connection that never begins its TLS does not hold up a drain", async (t) => {
  const { edge, origin } = await startHttps(t, { headersTimeout: 600_000 });
  const silent = dial(Number(new URL(origin).port), "127.0.0.1");
  t.after(() => silent.destroy());
  await once(silent, "connect");
  const since = performance.now();
  const closed = once(silent.resume(), "close");
  await edge.stop();
  await closed;
  assert.ok(!isLate(since, 3000));
});

test("a session of HTTP/2 that begins during the drain gets a GOAWAY, and holds nothing up", async (t) => {
  const { ca, edge, origin } = await startHttps(t, { gracefulTimeout: 20_000, lameDuck: 0 });
  const socket = dial(Number(new URL(origin).port), "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  const since = performance.now();
  let stopped = false;
  const stopping = edge.stop().then(() => {
    stopped = true;
  });
  const secured = dialTls({ socket, host: "127.0.0.1", ca, ALPNProtocols: ["h2"] });
  await once(secured, "secureConnect");
  const session = connect(origin, { createConnection: () => secured });
  t.after(() => session.destroy());
  const goaway = once(session, "goaway");
  const statuses: unknown[] = [];
  while (!stopped && !session.closed && !session.destroyed) {
    const stream = session.request({ ":path": "/" });
    stream
      .on("error", () => undefined)
      .on("response", (fields) => statuses.push(fields[":status"]));
    stream.resume();
    await new Promise((closed) => stream.once("close", closed));
  }
  await goaway;
  await stopping;
  assert.equal(statuses[0], 200);
  assert.ok(!isLate(since, 3000), "the drain took as long as it may");
});

test("the requests that a session of HTTP/2 has sent before a drain are served, though they wait", async (t) => {
  const { ca, edge, origin } = await startHttps(t, { gracefulTimeout: 20_000, lameDuck: 0 });
  const session = connect(origin, { ca });
  t.after(() => session.destroy());
  await once(session, "connect");
  // Half a second of work that waits before them.
  for (let piece = 0; piece < 200; piece++) {
    spareTime.later(() => {
      const end = performance.now() + 2.5;
      while (performance.now() < end);
    });
  }
  const streams = Array.from({ length: 60 }, () => session.request({ ":path": "/" }));
  const served = streams.map(async (stream) => {
    const [fields] = await once(stream.resume(), "response");
    return fields[":status"];
  });
  await once(streams[0] ?? session, "response");
  await Promise.all([edge.stop(), ...served]);
  assert.deepEqual(new Set(await Promise.all(served)), new Set([200]));
});

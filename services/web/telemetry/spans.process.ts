import assert from "node:assert/strict";
import { once } from "node:events";
import { type RequestListener, request } from "node:http";
import { type TestContext, test } from "node:test";
import { Collector, type ReceivedSpan, stretched } from "@gatehouse/telemetry/testing";
import { startUpstream } from "../testing/edge.ts";
import { startEdgeProcess } from "../testing/edge-process.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const CDN = "b7ad6b7169203331";

/** Shows the trace that it received. */
const shows: RequestListener = ({ headers }, response) => {
  response.end(String(headers.traceparent));
};

async function start(t: TestContext, listener: RequestListener, ...flags: string[]) {
  const collector = await Collector.start(t);
  const upstream = await startUpstream(t, "127.0.0.2", listener, undefined);
  const { address, port, adminPort } = upstream;
  const edge = startEdgeProcess(
    t,
    ...["--https=off", `--upstream=${address}:${port}`, `--upstream-admin-port=${adminPort}`],
    ...["--lame-duck=0", `--otlp-endpoint=${collector.endpoint}`, ...flags],
  );
  const { http, admin } = await edge.ready();
  return { collector, edge, upstream, url: `http://127.0.0.1:${http}`, admin };
}

const [SERVER, CLIENT] = [2, 3];
const ofKind = (spans: readonly ReceivedSpan[], kind: number) =>
  spans.filter((span) => span.kind === kind);

/** The request's span, and those of its attempts in their order. */
const requestOf = (collector: Collector) =>
  collector.find("the request's span", (spans) => {
    const [own] = ofKind(spans, SERVER);
    const byStart = (one: ReceivedSpan, other: ReceivedSpan) =>
      Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano));
    return own && { own, attempts: ofKind(spans, CLIENT).toSorted(byStart) };
  });

test("a request is the first span of a trace, its attempt is below, and the gateway gets the attempt's id", async (t) => {
  const { collector, edge, upstream, url } = await start(t, shows, "--otel-service-name=shop");
  const forged = { traceparent: `00-${TRACE}-${CDN}-01` };
  const response = await fetch(`${url}/page?key=secret`, { headers: forged });
  const received = await response.text();
  const { own, attempts } = await requestOf(collector);
  assert.equal(attempts.length, 1);
  const [attempt] = attempts;
  // A client is no trusted proxy: its trace is not ours.
  assert.notEqual(own.traceId, TRACE);
  assert.deepEqual([own.service, own.name, own.parentSpanId], ["shop-web", "GET", undefined]);
  assert.deepEqual([attempt?.traceId, attempt?.parentSpanId], [own.traceId, own.spanId]);
  assert.equal(received, `00-${own.traceId}-${attempt?.spanId}-01`);
  const { "user_agent.original": agent, "gatehouse.request_id": id, ...others } = own.attributes;
  assert.ok(agent);
  assert.equal(id, response.headers.get("x-request-id"));
  assert.deepEqual(others, {
    "http.request.method": "GET",
    "url.path": "/page",
    "url.scheme": "http",
    "http.response.status_code": "200",
    "server.address": "127.0.0.1",
    "server.port": new URL(url).port,
    "client.address": "127.0.0.1",
    "network.protocol.version": "1.1",
    "gatehouse.served_by": "application",
    "gatehouse.route": "site",
    "gatehouse.cache": "gatehouse; fwd=uri-miss",
  });
  assert.deepEqual(attempt?.attributes, {
    "http.request.method": "GET",
    "url.full": `http://${upstream.address}/page`,
    "server.address": upstream.address,
    "http.response.status_code": "200",
  });
  const line = await edge.message("access");
  assert.deepEqual(
    [line.trace_id, line.traceparent],
    [own.traceId, `00-${own.traceId}-${own.spanId}-01`],
  );
});

test("the trace of a trusted proxy goes on, and what that does not record is not recorded here", async (t) => {
  const { collector, url } = await start(t, shows, "--trusted-proxies=127.0.0.1");
  const withFlags = async (flags: string) => {
    const headers = { traceparent: `00-${TRACE}-${CDN}-${flags}` };
    return (await fetch(url, { headers })).text();
  };
  assert.equal(await withFlags("00"), `00-${TRACE}-${CDN}-00`);
  await withFlags("01");
  const { own } = await requestOf(collector);
  assert.deepEqual([own.traceId, own.parentSpanId], [TRACE, CDN]);
  assert.equal(ofKind(collector.spans, SERVER).length, 1);
});

test("with a ratio of 0 nothing is recorded, and the gateway learns that", async (t) => {
  const { collector, edge, url } = await start(t, shows, "--traces-ratio=0");
  assert.match(await (await fetch(url)).text(), /-00$/);
  edge.child.kill("SIGTERM");
  await edge.exited;
  assert.deepEqual(collector.exports, []);
});

test("each attempt is a span of its own, the failed one with the code of its error", async (t) => {
  let count = 0;
  const dies: RequestListener = (incoming, response) => {
    if (count++ === 0) incoming.socket.destroy();
    else response.end("the second");
  };
  const { collector, url } = await start(t, dies);
  assert.equal(await (await fetch(url)).text(), "the second");
  const { own, attempts } = await requestOf(collector);
  const [first, second] = attempts;
  assert.equal(attempts.length, 2);
  assert.deepEqual(first?.status, { code: 2 });
  assert.equal(first?.attributes["error.type"], "CLOSED_EARLY");
  assert.equal(first?.attributes["http.response.status_code"], undefined);
  assert.equal(second?.status, undefined);
  assert.equal(second?.attributes["http.request.resend_count"], "1");
  assert.equal(own.status, undefined);
});

test("that a page is not found is no failure of an attempt; that an application fails is one", async (t) => {
  const { collector, url } = await start(t, ({ url: path }, response) => {
    response.writeHead(path === "/gone" ? 404 : 500).end();
  });
  for (const path of ["/gone", "/broken"]) await (await fetch(url + path)).text();
  const attempts = await collector.find("both attempts", (spans) => {
    const found = ofKind(spans, CLIENT);
    return found.length === 2 ? found : undefined;
  });
  const seen = attempts.map(({ attributes, status }) => [
    attributes["http.response.status_code"],
    attributes["error.type"],
    status?.code,
  ]);
  assert.deepEqual(seen.sort(), [
    ["404", undefined, undefined],
    ["500", "500", 2],
  ]);
});

test("the attempt of a WebSocket ends with its handshake, and not with the connection", async (t) => {
  const { collector, upstream, url } = await start(t, shows);
  upstream.site.on("upgrade", (_, socket) => {
    socket.on("error", () => socket.destroy());
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
    socket.write("Upgrade: websocket\r\n\r\n");
  });
  const headers = {
    ...{ connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const sent = request(`${url}/live`, { headers });
  sent.end();
  const [, socket] = await once(sent, "upgrade");
  t.after(() => socket.destroy());
  const attempt = await collector.find("the attempt", (spans) => ofKind(spans, CLIENT)[0]);
  assert.equal(attempt.attributes["http.response.status_code"], "101");
  assert.equal(socket.destroyed, false);
});

test("an error of the edge itself says which one, on a span that has failed", async (t) => {
  const { collector, upstream, url } = await start(t, shows);
  upstream.close();
  assert.equal((await fetch(url)).status, 502);
  const { own, attempts } = await requestOf(collector);
  assert.deepEqual(own.status, { code: 2 });
  assert.equal(own.attributes["error.type"], "upstream-unreachable");
  assert.equal(own.attributes["gatehouse.served_by"], "edge");
  assert.equal(attempts[0]?.attributes["error.type"], "ECONNREFUSED");
});

test("a client that leaves is 499, and no failure", async (t) => {
  const received = Promise.withResolvers<void>();
  const { collector, url } = await start(t, () => received.resolve());
  const sent = request(url).on("error", () => undefined);
  sent.end();
  await received.promise;
  sent.destroy();
  const { own } = await requestOf(collector);
  assert.equal(own.attributes["http.response.status_code"], "499");
  assert.equal(own.status, undefined);
});

test("a response of the cache has no attempt; the refresh that no one waits for is a trace of its own", async (t) => {
  let count = 0;
  const cached: RequestListener = (_, response) => {
    const control = "public, max-age=0, stale-while-revalidate=60";
    response.writeHead(200, { "cache-control": control }).end(String(++count));
  };
  const { collector, url } = await start(t, cached);
  const agent = { connection: "close" };
  assert.equal(await (await fetch(url, { headers: agent })).text(), "1");
  assert.equal(await (await fetch(url, { headers: agent })).text(), "1");
  const refresh = await collector.find("the refresh", (spans) =>
    ofKind(spans, CLIENT).find(({ parentSpanId }) => parentSpanId === undefined),
  );
  const served = await collector.find("both requests", (spans) => {
    const own = ofKind(spans, SERVER);
    return own.length === 2 ? own : undefined;
  });
  const fromCache = served.find(({ attributes }) => attributes["gatehouse.served_by"] === "cache");
  assert.ok(fromCache);
  assert.ok(!served.some(({ traceId }) => traceId === refresh.traceId));
  const below = collector.spans.filter(({ parentSpanId }) => parentSpanId === fromCache.spanId);
  assert.deepEqual(below, []);
});

test("the last spans are sent while the edge drains, and counted; a collector that hangs delays it by half a second", async (t) => {
  const { collector, edge, url, admin } = await start(t, shows);
  await (await fetch(url)).text();
  await requestOf(collector);
  const page = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  assert.match(page, /^web_spans_sent_total 2$/m);
  assert.match(page, /^web_spans_dropped_total\{reason="queue_full"\} 0$/m);
  await (await fetch(url)).text();
  collector.replies.push(undefined);
  const began = performance.now();
  edge.child.kill("SIGTERM");
  const [code] = await edge.exited;
  assert.equal(code, 0);
  assert.equal(collector.exports.length, 2);
  const took = performance.now() - began;
  // The collector would have ten seconds.
  assert.ok(took < stretched(4000), `${took} ms`);
});

test("a collector that is not there delays no response, and is named in one line", async (t) => {
  const { collector, edge, url } = await start(t, shows);
  // Port 9 of loopback has no listener.
  const other = startEdgeProcess(t, "--https=off", "--otlp-endpoint=http://127.0.0.1:9");
  const { http } = await other.ready();
  for (let count = 0; count < 150; count++) await (await fetch(`http://127.0.0.1:${http}/`)).text();
  const line = await other.message("spans are not accepted");
  assert.match(String(line.reason), /ECONNREFUSED/);
  for (let count = 0; count < 5; count++) await (await fetch(url)).text();
  edge.child.kill("SIGTERM");
  await once(edge.child, "exit");
  assert.equal(ofKind(collector.spans, SERVER).length, 5);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { Collector, type ReceivedSpan, spansOf, stretched } from "@gatehouse/telemetry/testing";
import { startGateway, writeModules } from "../testing/gateway-process.ts";
import { elsewhere } from "../testing/two-workers.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const EDGE = "b7ad6b7169203331";

/** Shows the trace that it received, and sends a span of its own. */
const APP = `
let tracer;
export default {
  startup(context) { tracer = context.tracer; },
  async fetch(request) {
    const traceparent = request.headers.get("traceparent");
    const { pathname } = new URL(request.url);
    const start = performance.now();
    if (pathname === "/fails") throw new Error("on purpose");
    if (pathname === "/slow") {
      console.log('{"message":"slow"}');
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const facts = { name: "page", kind: 2, start, end: performance.now(), attributes: {}, failed: false };
    tracer?.begin(traceparent).end(facts);
    return Response.json({ traceparent });
  },
};
`;

async function start(t: TestContext, ...flags: string[]) {
  const collector = await Collector.start(t);
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(
    t,
    `${folder}/app.mjs`,
    ...["--workers=1", `--otlp-endpoint=${collector.endpoint}`, ...flags],
  );
  return { collector, gateway, url: await gateway.ready(1) };
}

type Spans = readonly ReceivedSpan[];
const named = (spans: Spans, service: string, name: string) =>
  spans.find((span) => span.service === service && span.name === name);

test("gateway and application are one branch of the trace that the edge sent, with the wait for a worker", async (t) => {
  const { collector, gateway, url } = await start(t, "--otel-service-name=shop");
  const sentAt = Date.now() - 40;
  const headers = {
    traceparent: `00-${TRACE}-${EDGE}-01`,
    "x-request-start": `t=${sentAt}.000`,
    "x-forwarded-for": "192.0.2.7",
    "x-forwarded-proto": "https",
    "x-request-id": "order-4711",
  };
  const response = await fetch(`${url}/page?key=secret`, { headers });
  const { traceparent } = (await response.json()) as { traceparent: string };
  const [own, wait, page] = await collector.find("all three", (spans) => {
    const found = [named(spans, "shop-gateway", "GET"), named(spans, "shop", "page")];
    const [first, last] = found;
    const waited = named(spans, "shop-gateway", "wait for a worker");
    return first && last && waited ? [first, waited, last] : undefined;
  });
  assert.ok(own && wait && page);
  assert.deepEqual([own.traceId, own.parentSpanId, own.kind], [TRACE, EDGE, 2]);
  assert.equal(traceparent, `00-${TRACE}-${own.spanId}-01`);
  assert.deepEqual([wait.traceId, wait.parentSpanId, wait.kind], [TRACE, own.spanId, 1]);
  assert.deepEqual([page.traceId, page.parentSpanId], [TRACE, own.spanId]);
  const { port } = new URL(url);
  assert.deepEqual(own.attributes, {
    "http.request.method": "GET",
    "url.path": "/page",
    "url.scheme": "https",
    "http.response.status_code": "200",
    "server.address": "127.0.0.1",
    "server.port": port,
    "client.address": "192.0.2.7",
    "network.protocol.version": "1.1",
    "gatehouse.request_id": "order-4711",
  });
  // The wait begins when the edge sent the request, and the gateway's span with it.
  const begin = Number(wait.startTimeUnixNano) / 1e6;
  assert.ok(Math.abs(begin - sentAt) < 20, `${begin} is not ${sentAt}`);
  assert.equal(own.startTimeUnixNano, wait.startTimeUnixNano);
  assert.ok(BigInt(wait.endTimeUnixNano) <= BigInt(page.startTimeUnixNano));
  assert.ok(BigInt(page.endTimeUnixNano) <= BigInt(own.endTimeUnixNano));
  const line = await gateway.line(({ message }) => message === "access");
  assert.deepEqual([line.trace_id, line.traceparent], [TRACE, traceparent]);
});

test("a request without a trace begins one; a failure of the application is one of its span", async (t) => {
  const { collector, url } = await start(t);
  assert.equal((await fetch(`${url}/fails`)).status, 500);
  const own = await collector.find("the span", (spans) => named(spans, "gateway", "GET"));
  assert.equal(own.parentSpanId, undefined);
  assert.deepEqual(own.status, { code: 2 });
  assert.equal(own.attributes["error.type"], "500");
});

test("a trace that its sender does not record has no spans, and goes on as it was", async (t) => {
  const { collector, gateway, url } = await start(t);
  const traceparent = `00-${TRACE}-${EDGE}-00`;
  const response = await fetch(`${url}/page`, { headers: { traceparent } });
  assert.deepEqual(await response.json(), { traceparent });
  await fetch(`${url}/page`);
  await collector.find("the next one", (spans) => named(spans, "gateway", "GET"));
  assert.ok(!collector.spans.some(({ traceId }) => traceId === TRACE));
  const line = await gateway.line(({ message }) => message === "access");
  assert.deepEqual([line.trace_id, line.traceparent], [TRACE, traceparent]);
});

test("the last spans are sent while the gateway drains, of a request in flight too", async (t) => {
  const { collector, gateway, url } = await start(t);
  const slow = fetch(`${url}/slow`).then(({ status }) => status);
  await gateway.line(({ message }) => message === "slow");
  gateway.child.kill("SIGTERM");
  assert.equal(await slow, 200);
  await gateway.exited;
  assert.ok(named(collector.spans, "gateway", "GET"));
  assert.ok(named(collector.spans, "app", "page"));
});

test("a collector that does not respond delays no response, and the end by a second at most", async (t) => {
  const { collector, gateway, url } = await start(t);
  for (let count = 0; count < 20; count++) collector.replies.push(undefined);
  for (let count = 0; count < 150; count++) assert.equal((await fetch(`${url}/page`)).status, 200);
  await collector.exported(1);
  const metrics = async () => (await fetch(`${await gateway.admin()}/metrics`)).text();
  assert.match(await metrics(), /^gateway_spans_sent_total 0$/m);
  const began = performance.now();
  gateway.child.kill("SIGTERM");
  const [code] = await gateway.exited;
  const took = performance.now() - began;
  assert.equal(code, 0);
  // Lame duck 200 ms, then one second for the spans; the collector would have ten.
  assert.ok(took < stretched(5000), `${took} ms`);
});

test("spans that find no collector are counted, and one line says why", async (t) => {
  const { collector, gateway, url } = await start(t);
  collector.replies.push({ status: 401, body: "who are you?" });
  await fetch(`${url}/page`);
  const line = await gateway.line(({ message }) => message === "spans are not accepted");
  assert.equal(line.reason, "401 who are you?");
  const page = await (await fetch(`${await gateway.admin()}/metrics`)).text();
  // The gateway's and the application's; a third where the connection waited for its worker.
  const lost = spansOf(collector.exports[0]?.body ?? "").length;
  assert.ok(lost >= 2, `${lost} spans`);
  assert.match(
    page,
    new RegExp(`^gateway_spans_dropped_total\\{reason="refused"\\} ${lost}$`, "m"),
  );
});

test("a request that another worker serves is one branch through both workers", async (t) => {
  const collector = await Collector.start(t);
  const { client, headers } = await elsewhere(t, `--otlp-endpoint=${collector.endpoint}`);
  const traceparent = `00-${TRACE}-${EDGE}-01`;
  await client.json("/?EIO=4", { headers: { ...headers, traceparent } });
  const [passing, own] = await collector.find("both", (spans) => {
    const mine = spans.filter(({ traceId }) => traceId === TRACE);
    const found = [mine.find(({ kind }) => kind === 1), mine.find(({ kind }) => kind === 2)];
    return found.every((each) => each !== undefined) ? found : undefined;
  });
  assert.deepEqual([passing?.name, passing?.parentSpanId], ["pass on to another worker", EDGE]);
  assert.deepEqual([own?.name, own?.parentSpanId], ["GET", passing?.spanId]);
});

test("a WebSocket is a span from its handshake to its end, with 101", async (t) => {
  const collector = await Collector.start(t);
  const { url } = await elsewhere(t, `--otlp-endpoint=${collector.endpoint}`);
  const { port, host } = new URL(url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(
    `GET /chat HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n` +
      `traceparent: 00-${TRACE}-${EDGE}-01\r\n\r\n`,
  );
  await once(socket, "data");
  socket.destroy();
  const own = await collector.find("its span", (spans) =>
    spans.find(({ attributes }) => attributes["url.path"] === "/chat"),
  );
  assert.deepEqual([own.traceId, own.parentSpanId], [TRACE, EDGE]);
  assert.equal(own.attributes["http.response.status_code"], "101");
});

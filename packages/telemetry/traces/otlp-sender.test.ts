import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Fields } from "../logger.ts";
import { Collector, stretched } from "../testing/index.ts";
import { OtlpPost } from "./otlp-post.ts";
import { LIMITS, OtlpSender, type SenderLimits } from "./otlp-sender.ts";
import { type EndedSpan, SERVER } from "./span.ts";

/** Milliseconds; no test waits for it to pass. */
const NEVER = 3_600_000;
const QUICK = { interval: NEVER, backoff: 20 };

const span = (name = "GET"): EndedSpan => ({
  ...{ service: "web", traceId: "5b8efff798038103d269b633813fc60c", id: "eee19b7ec3c1b174" },
  ...{ parentId: "", name, kind: SERVER, start: 0, end: 1, attributes: {}, failed: false },
});

async function start(
  t: TestContext,
  limits: Partial<SenderLimits> = {},
  headers: Record<string, string> = {},
  deadline = 10_000,
) {
  const collector = await Collector.start(t);
  const lines: [string, Fields | undefined][] = [];
  const write = (message: string, fields?: Fields) => void lines.push([message, fields]);
  const post = new OtlpPost(collector.endpoint, headers, deadline);
  const logger = { info: write, warn: write, error: write };
  const sender = new OtlpSender(post, logger, { ...LIMITS, ...QUICK, ...limits });
  t.after(() => sender.end(0));
  const add = (count: number) => {
    for (let at = 0; at < count; at++) sender.add(span());
  };
  return { collector, sender, lines, add };
}

/** The numbers of the metrics, by name and reason. */
function countsOf(sender: OtlpSender): Record<string, number> {
  const counts = sender
    .metrics("web")
    .flatMap(({ name, values }) =>
      values.map(({ labels, value }): [string, number] => [
        labels.reason ?? name.replace(/^web_spans_|_total$/g, ""),
        value,
      ]),
    );
  return Object.fromEntries(counts.filter(([, value]) => value > 0));
}

test("a full batch is sent at once, to /v1/traces, as JSON, with the fields of the operator", async (t) => {
  const { collector, add } = await start(t, { batch: 3 }, { "x-api-key": "0123" });
  add(3);
  await collector.exported(1);
  const [received] = collector.exports;
  assert.equal(received?.path, "/v1/traces");
  assert.equal(received?.headers["content-type"], "application/json");
  assert.equal(received?.headers["x-api-key"], "0123");
  assert.equal(received?.headers["content-length"], String(Buffer.byteLength(received.body)));
  assert.equal(collector.spans.length, 3);
});

test("fewer than a batch are sent when their time has come", async (t) => {
  const { collector, add } = await start(t, { interval: 30 });
  add(2);
  await collector.find("two spans", (spans) => (spans.length === 2 ? true : undefined));
  assert.equal(collector.exports.length, 1);
});

test("what is left behind a full batch is sent when its time has come, without another span", async (t) => {
  const { collector, add } = await start(t, { batch: 2, interval: 30 });
  add(3);
  await collector.find("three spans", (spans) => (spans.length === 3 ? true : undefined));
  assert.equal(collector.exports.length, 2);
});

test("many are sent in several requests, one after the other, and none is lost", async (t) => {
  const { collector, sender, add } = await start(t, { batch: 10 });
  add(35);
  await sender.end(stretched(5000));
  const sizes = collector.exports.map(({ body }) => body.split('"spanId"').length - 1);
  assert.deepEqual(sizes, [10, 10, 10, 5]);
  assert.deepEqual(countsOf(sender), { sent: 35 });
});

for (const status of [429, 502, 503, 504]) {
  test(`the same spans are sent again after ${status}`, async (t) => {
    const { collector, sender, lines, add } = await start(t, { batch: 2 });
    collector.replies.push({ status }, { status });
    add(2);
    await collector.exported(3);
    const [first, ...others] = collector.exports.map(({ body }) => body);
    assert.deepEqual(others, [first, first]);
    await sender.end(stretched(5000));
    assert.deepEqual(countsOf(sender), { sent: 2 });
    assert.deepEqual(
      lines.map(([message]) => message),
      ["spans are not accepted", "spans are accepted again"],
    );
  });
}

for (const status of [400, 401, 404, 413, 500, 501]) {
  test(`${status} is final: its spans are dropped, counted, and not sent again`, async (t) => {
    const { collector, sender, lines, add } = await start(t, { batch: 2 });
    collector.replies.push({ status, body: "no such tenant" });
    add(4);
    await collector.exported(2);
    await sender.end(stretched(5000));
    assert.equal(collector.exports.length, 2);
    assert.deepEqual(countsOf(sender), { sent: 2, refused: 2 });
    assert.deepEqual(lines[0]?.[1]?.reason, `${status} no such tenant`);
  });
}

test("Retry-After is waited for, in seconds", async (t) => {
  const { collector, add } = await start(t, { batch: 1 });
  collector.replies.push({ status: 503, headers: { "retry-after": "1" } });
  add(1);
  await collector.exported(2);
  const [first, second] = collector.exports.map(({ at }) => at);
  const waited = (second ?? 0) - (first ?? 0);
  // The backoff of this test is 20 ms at most.
  assert.ok(waited >= 990, `${waited} ms`);
});

test("a collector that asks for an hour gets the next attempt after the longest wait", async (t) => {
  const { collector, add } = await start(t, { batch: 1, longestWait: 50 });
  const tomorrow = new Date(Date.now() + NEVER).toUTCString();
  collector.replies.push({ status: 429, headers: { "retry-after": tomorrow } });
  add(1);
  await collector.exported(2);
});

test("what a partial success names as rejected is dropped and not sent again", async (t) => {
  const { collector, sender, add } = await start(t, { batch: 5 });
  const body = '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}';
  collector.replies.push({ status: 200, body });
  add(5);
  await collector.exported(1);
  await sender.end(stretched(5000));
  assert.equal(collector.exports.length, 1);
  assert.deepEqual(countsOf(sender), { sent: 3, refused: 2 });
});

test("after as many attempts as are allowed a batch is given up, and the next one is sent", async (t) => {
  const { collector, sender, add } = await start(t, { batch: 2, attempts: 3, backoff: 1 });
  collector.replies.push({ status: 503 }, { status: 503 }, { status: 503 });
  add(4);
  await collector.exported(4);
  await sender.end(stretched(5000));
  assert.deepEqual(countsOf(sender), { sent: 2, given_up: 2 });
});

test("a collector that does not respond is sent the same again after the deadline, as one that is gone", async (t) => {
  const { collector, sender, add } = await start(t, { batch: 1 }, {}, 50);
  collector.replies.push(undefined);
  add(1);
  await collector.exported(2);
  await sender.end(stretched(5000));
  assert.deepEqual(countsOf(sender), { sent: 1 });
});

test("while it is not accepted no more waits than the queue has room for; the rest is counted", async (t) => {
  const { collector, sender, add } = await start(t, { batch: 10, queue: 100, backoff: NEVER });
  collector.replies.push({ status: 503 });
  add(10);
  await collector.exported(1);
  add(150);
  assert.deepEqual(countsOf(sender), { queue_full: 50 });
  // At the end the batch that waits for its second attempt has it at once.
  await sender.end(stretched(5000));
  assert.deepEqual(countsOf(sender), { sent: 110, queue_full: 50 });
});

test("the end takes no longer than its time, and what was not sent by then is counted", async (t) => {
  const { collector, sender, add } = await start(t, { batch: 2 });
  collector.replies.push(undefined);
  add(5);
  await collector.exported(1);
  const began = performance.now();
  await sender.end(100);
  const took = performance.now() - began;
  assert.ok(took < stretched(2000), `${took} ms`);
  assert.deepEqual(countsOf(sender), { ended: 5 });
  add(1);
  assert.deepEqual(countsOf(sender), { ended: 6 });
});

const PROGRAM = `
  import { OtlpPost } from ${JSON.stringify(import.meta.resolve("./otlp-post.ts"))};
  import { OtlpSender } from ${JSON.stringify(import.meta.resolve("./otlp-sender.ts"))};
  const [endpoint, span] = process.argv.slice(1);
  const sender = new OtlpSender(new OtlpPost(endpoint, {}, ${NEVER}), console);
  for (let at = 0; at < 200; at++) sender.add(JSON.parse(span));
  process.stdin.resume();
`;

test("a collector that does not respond keeps no process from ending", async (t) => {
  const collector = await Collector.start(t);
  collector.replies.push(undefined);
  const program = ["--input-type=module", "--eval", PROGRAM];
  const words = [...program, collector.endpoint, JSON.stringify(span())];
  const child = spawn(process.execPath, words, { stdio: ["pipe", "inherit", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  await collector.exported(1);
  child.stdin?.end();
  // Otherwise it would wait for an hour.
  const signal = AbortSignal.timeout(stretched(10_000));
  assert.deepEqual(await once(child, "exit", { signal }), [0, null]);
});

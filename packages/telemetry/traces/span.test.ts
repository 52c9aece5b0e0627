import assert from "node:assert/strict";
import { test } from "node:test";
import { type EndedSpan, INTERNAL, type SpanFacts, Tracer } from "./span.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`;
const FACTS: SpanFacts = {
  ...{ name: "work", kind: INTERNAL, start: 1, end: 2, attributes: {}, failed: false },
};

function tracing(ratio: number) {
  const ended: EndedSpan[] = [];
  return { ended, tracer: new Tracer("web", ratio, { add: (span) => void ended.push(span) }) };
}

test("a span of a received trace is a child of the span that was received, under an id of its own", () => {
  const { tracer, ended } = tracing(1);
  const span = tracer.begin(SAMPLED);
  span.end(FACTS);
  const [sent] = ended;
  assert.equal(sent?.traceId, TRACE);
  assert.equal(sent?.parentId, "b7ad6b7169203331");
  assert.match(span.id, /^(?!b7ad6b7169203331)[0-9a-f]{16}$/);
  assert.equal(span.traceparent, `00-${TRACE}-${span.id}-01`);
  assert.equal(sent?.service, "web");
});

test("a child is in the trace of its parent, and what it sends on names the child", () => {
  const { tracer, ended } = tracing(1);
  const span = tracer.begin(SAMPLED);
  const child = span.child();
  child.end(FACTS);
  assert.deepEqual([ended[0]?.traceId, ended[0]?.parentId], [TRACE, span.id]);
  assert.equal(child.traceparent, `00-${TRACE}-${child.id}-01`);
  assert.notEqual(child.id, span.id);
});

test("who began a trace has decided: 00 is not recorded at a ratio of 1, 01 is at a ratio of 0", () => {
  const all = tracing(1);
  const unsampled = all.tracer.begin(SAMPLED.replace(/01$/, "00"));
  unsampled.end(FACTS);
  unsampled.child().end(FACTS);
  assert.deepEqual(all.ended, []);
  // What is passed on is what was received: no span of ours is there to be named.
  assert.equal(unsampled.child().traceparent, SAMPLED.replace(/01$/, "00"));

  const none = tracing(0);
  none.tracer.begin(SAMPLED).end(FACTS);
  assert.equal(none.ended.length, 1);
});

test("other flags than the lowest bit say nothing about that", () => {
  const { tracer } = tracing(1);
  assert.equal(tracer.begin(SAMPLED.replace(/01$/, "03")).sampled, true);
  assert.equal(tracer.begin(SAMPLED.replace(/01$/, "02")).sampled, false);
});

test("what is not well-formed begins a trace, by the ratio", () => {
  for (const received of [undefined, "00-0-0-0", SAMPLED.toUpperCase()]) {
    const span = tracing(1).tracer.begin(received);
    assert.match(span.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.deepEqual([span.parentId, span.traceId === TRACE], ["", false]);
    assert.match(tracing(0).tracer.begin(received).traceparent, /-00$/);
  }
});

test("a ratio of 0.25 records about a quarter, and decides the same for the same trace in each process", () => {
  const { tracer } = tracing(0.25);
  const spans = Array.from({ length: 8000 }, () => tracer.begin(undefined));
  const sampled = spans.filter((span) => span.sampled);
  assert.ok(Math.abs(sampled.length - 2000) < 200, `${sampled.length} of 8000`);
  // By the id alone: W3C Trace Context level 2, its rightmost 56 bits, the highest are recorded.
  for (const { traceId, sampled: recorded } of spans) {
    assert.equal(Number.parseInt(traceId.slice(18, 20), 16) >= 0xc0, recorded, traceId);
  }
});

test("work apart is a trace of its own, whose first span has no parent", () => {
  const { tracer, ended } = tracing(1);
  const span = tracer.begin(SAMPLED);
  const attempt = span.apart().child();
  attempt.end(FACTS);
  assert.notEqual(attempt.traceId, TRACE);
  assert.equal(ended[0]?.parentId, "");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { queueTime, requestId, timingEntry, traceparent } from "./index.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("a plain request id is kept, anything else is replaced by a UUIDv7", () => {
  assert.equal(requestId("order-4711.a"), "order-4711.a");
  for (const received of [undefined, "", "short", 'quote"', "a b c d e f", "x".repeat(129)]) {
    assert.match(requestId(received), UUID_V7);
  }
});

test("no two ids are the same, also of one millisecond", () => {
  const ids = Array.from({ length: 20_000 }, () => requestId(undefined));
  assert.equal(new Set(ids).size, ids.length);
  const traces = Array.from({ length: 20_000 }, () => traceparent(undefined));
  assert.equal(new Set(traces).size, traces.length);
});

test("a well-formed traceparent is kept, anything else is replaced by a valid one", () => {
  const received = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  assert.equal(traceparent(received), received);
  for (const bad of [
    undefined,
    "00-0-0-0",
    received.replace("00-0", "01-0"),
    `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
  ]) {
    assert.match(traceparent(bad), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  }
});

test("the queue time is what lies between the edge's clock and ours, never negative", () => {
  assert.equal(queueTime("t=1700000000000.250", 1700000000010.25), 10);
  assert.equal(queueTime("t=1700000000000", 1699999999999), 0);
  assert.equal(queueTime("t=1700000000.250", 1700000000260), 10);
  assert.equal(queueTime("t=1700000000250000", 1700000000260), 10);
  assert.equal(queueTime("1700000000250", 1700000000260), 10);
  for (const word of ["yesterday", "", "t=", "t=0", "t=-1700000000000", "t=NaN"]) {
    assert.equal(queueTime(word, 1700000000000), undefined);
  }
  assert.equal(queueTime(undefined, 1700000000000), undefined);
});

test("a timing entry has milliseconds with three decimals at most", () => {
  assert.equal(timingEntry("web", 1.23456), "web;dur=1.235");
});

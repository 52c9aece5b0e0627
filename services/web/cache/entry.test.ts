import assert from "node:assert/strict";
import { test } from "node:test";
import { Body } from "./body.ts";
import { Entry } from "./entry.ts";
import { Head } from "./head.ts";

const POSITION = { key: "/", names: [], variant: "" };
const DATE = "Wed, 01 Jul 2026 12:00:00 GMT";

/** What only its own request may see, of the edge's fields and of other caches. */
const OF_ONE_REQUEST = [
  ...["X-Request-ID", "019", "traceparent", "00-a-b-01", "tracestate", "a=1"],
  ...["Server-Timing", "app;dur=1", "Age", "5", "Cache-Status", "other; hit"],
];

function entryOf(fields: string[]): Entry {
  return Entry.of(POSITION, new Head(200, fields), new Body(), performance.now());
}

test("fields of one request are not stored", () => {
  const { head } = entryOf([...OF_ONE_REQUEST, "Date", DATE, "X-Kind", "a"]);
  assert.deepEqual(head.fields, ["Date", DATE, "X-Kind", "a"]);
});

test("a response without a Date gets one as it is stored", () => {
  const { head } = entryOf(["X-Kind", "a"]);
  const date = Date.parse(head.get("date") ?? "");
  assert.ok(Math.abs(Date.now() - date) < 60_000, `${date}`);
});

test("the fields of a 304 replace the stored ones, apart from those that describe the content", () => {
  const stored = entryOf([
    ...["Date", DATE, "X-Kind", "a", "x-kind", "b", "ETag", '"1"'],
    ...["Content-Encoding", "gzip", "Content-Length", "7"],
  ]);
  const received = new Head(304, [
    ...OF_ONE_REQUEST,
    ...["Date", "Wed, 01 Jul 2026 13:00:00 GMT", "X-KIND", "c"],
    ...["Content-Encoding", "br", "Content-Length", "0", "Content-Range", "bytes 0-0/1"],
  ]);
  const { head } = Entry.freshened(stored, received, performance.now());
  assert.equal(head.status, 200);
  assert.deepEqual(head.fields, [
    ...["ETag", '"1"', "Content-Encoding", "gzip", "Content-Length", "7"],
    ...["Date", "Wed, 01 Jul 2026 13:00:00 GMT", "X-KIND", "c"],
  ]);
});

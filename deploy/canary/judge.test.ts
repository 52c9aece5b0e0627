import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintOf, type Side } from "./judge.ts";

const side = (requests: number, failures = 0, p95 = 20, timed = requests): Side => {
  return { requests, failures, timed, p95 };
};

test("a canary that is as good has no complaint, nor has one without requests", () => {
  assert.equal(complaintOf(side(900), side(100)), undefined);
  assert.equal(complaintOf(side(900, 0, Number.NaN), side(0, 0, Number.NaN)), undefined);
  assert.equal(complaintOf(side(900, 90), side(100, 10)), undefined);
});

test("failures count from the third on, and beside those of the release that runs", () => {
  assert.equal(complaintOf(side(900), side(20, 2)), undefined);
  assert.match(
    complaintOf(side(900), side(20, 3)) ?? "",
    /^3 of 20 requests of the canary failed, 0 of 900/,
  );
  assert.equal(complaintOf(side(1000, 50), side(100, 11)), undefined);
  assert.match(complaintOf(side(1000, 50), side(100, 12)) ?? "", /^12 of 100/);
  assert.equal(complaintOf(side(9000), side(1000, 10)), undefined);
});

test("latency counts from a hundred requests on, when it is twice as long and 50 ms more", () => {
  assert.equal(complaintOf(side(900, 0, 20), side(99, 0, 900)), undefined);
  assert.equal(complaintOf(side(900, 0, 20), side(100, 0, 90)), undefined);
  assert.match(
    complaintOf(side(900, 0, 20), side(100, 0, 91)) ?? "",
    /91 ms at the canary, 20 ms at/,
  );
});

test("WebSockets and event streams, which are not timed, say nothing of latency", () => {
  assert.equal(complaintOf(side(900), side(500, 0, Number.NaN, 0)), undefined);
  assert.equal(complaintOf(side(900), side(500, 0, 900, 99)), undefined);
  assert.match(complaintOf(side(900), side(500, 0, 900, 100)) ?? "", /900 ms at the canary/);
});

test("a canary that has all of the clients is compared with nothing", () => {
  assert.equal(complaintOf(side(0, 0, Number.NaN), side(500, 0, 900)), undefined);
  assert.equal(complaintOf(side(99, 0, 20), side(500, 0, 900)), undefined);
});

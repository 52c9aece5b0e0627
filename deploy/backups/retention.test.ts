import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRule, surplus } from "./retention.ts";

const at = (text: string) => ({ at: new Date(text) });

function keptBy(word: string, times: readonly string[]): string[] {
  const rule = parseRule(word);
  assert.ok(rule !== undefined, word);
  const gone = new Set(surplus(times.map(at), rule).map((each) => each.at.toISOString()));
  return times.filter((time) => !gone.has(new Date(time).toISOString()));
}

test("a rule is all, or counts of which at least one is not zero", () => {
  assert.equal(parseRule("all"), "all");
  assert.deepEqual(parseRule("daily=7, last=2"), { last: 2, daily: 7, weekly: 0, monthly: 0 });
  for (const bad of ["", "last", "last=", "last=0", "yearly=1", "last=-1", "last=1;daily=2"]) {
    assert.equal(parseRule(bad), undefined, bad);
  }
});

test("of each day the newest backup stays, for as many days as have one", () => {
  const times = [
    "2026-11-27T21:00Z",
    "2026-11-27T03:00Z",
    "2026-11-26T03:00Z",
    // A day without a backup does not count.
    "2026-11-24T22:00Z",
    "2026-11-24T03:00Z",
    "2026-11-23T03:00Z",
  ];
  assert.deepEqual(keptBy("daily=3", times), [times[0], times[2], times[3]]);
});

test("a week begins on Monday, in UTC", () => {
  // 23 November 2026 is a Monday.
  const times = ["2026-11-29T23:59Z", "2026-11-23T00:00Z", "2026-11-22T23:59Z"];
  assert.deepEqual(keptBy("weekly=2", times), [times[0], times[2]]);
});

test("kinds add up, and none takes what another keeps", () => {
  const times = [
    "2026-11-27T03:00Z",
    "2026-11-26T03:00Z",
    "2026-10-31T03:00Z",
    "2026-10-01T03:00Z",
  ];
  assert.deepEqual(keptBy("last=1,monthly=2", times), [times[0], times[2]]);
  assert.deepEqual(keptBy("last=2,monthly=1", times), [times[0], times[1]]);
});

test("the newest backup stays under every rule, and all keeps every one", () => {
  const times = ["2026-11-26T03:00Z", "2026-11-27T03:00Z"];
  assert.deepEqual(keptBy("all", times), times);
  assert.ok(keptBy("monthly=1", times).includes("2026-11-27T03:00Z"));
});

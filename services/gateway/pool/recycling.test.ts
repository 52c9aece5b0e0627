import assert from "node:assert/strict";
import { test } from "node:test";
import { Wear } from "./recycling.ts";

const NEVER = { maxRequests: 0, maxRequestsJitter: 0, maxRss: 0, maxLifetime: 0 };
const MEBIBYTE = 1024 ** 2;

test("a worker that stays too large is replaced; a peak before a garbage collection is no reason", () => {
  const wear = new Wear();
  const limits = { ...NEVER, maxRss: 100 };
  const sizes = [101, 101, 101, 101, 100, 101, 101, 101, 101, 102];
  const reasons = sizes.map((mib) =>
    wear.reason(limits, { requests: 1, rss: mib * MEBIBYTE }, 60_000),
  );
  assert.deepEqual(reasons, [...Array(9).fill(undefined), "102 MiB"]);
});

test("a worker is replaced after its requests and at most so many more at random", () => {
  const limits = { ...NEVER, maxRequests: 100, maxRequestsJitter: 10 };
  const reasonAfter = (requests: number) =>
    new Wear().reason(limits, { requests, rss: MEBIBYTE }, 60_000);
  for (let worker = 0; worker < 50; worker++) {
    assert.equal(reasonAfter(99), undefined);
    assert.equal(reasonAfter(110), "110 requests");
  }
});

test("a worker is replaced after its lifetime and at most a tenth more", () => {
  const limits = { ...NEVER, maxLifetime: 10 };
  const reasonAt = (age: number) => new Wear().reason(limits, { requests: 1, rss: MEBIBYTE }, age);
  for (let worker = 0; worker < 50; worker++) {
    assert.equal(reasonAt(9_999), undefined);
    assert.equal(reasonAt(11_000), "lifetime");
  }
});

test("without limits a worker is never replaced", () => {
  const load = { requests: 1e12, rss: 1e12 };
  const wear = new Wear();
  const reasons = Array.from({ length: 10 }, () => wear.reason(NEVER, load, 1e12));
  assert.deepEqual(reasons, Array(10).fill(undefined));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Passes } from "./passes.ts";

test("however long the addresses are, what is remembered of them stays within a few megabytes", () => {
  const passes = new Passes();
  const key = (count: number) => `/${count}?${"q".repeat(8000)}`;
  for (let count = 0; count < 2000; count++) passes.add(key(count));
  const known = Array.from({ length: 2000 }, (_, count) => passes.has(key(count)));
  const remembered = known.filter(Boolean).length;
  assert.ok(remembered > 400 && remembered < 600, `${remembered} of 8 kB each`);
  assert.deepEqual([known[0], known[1999]], [false, true]);
});

test("what is forgotten one by one or all at once leaves room for as many as before", () => {
  const passes = new Passes();
  for (let count = 0; count < 5000; count++) {
    passes.add("/a");
    passes.add(`/${"b".repeat(2000)}`);
    passes.delete(`/${"b".repeat(2000)}`);
  }
  assert.deepEqual([passes.has("/a"), passes.has(`/${"b".repeat(2000)}`)], [true, false]);
  passes.clear();
  assert.equal(passes.has("/a"), false);
});

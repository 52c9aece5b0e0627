import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerHead } from "./answer-head.ts";
import { Body } from "./body.ts";
import { Entry } from "./entry.ts";
import { Store } from "./store.ts";

function entryOf(bytes: number): Entry {
  const body = new Body();
  body.push(Buffer.alloc(bytes));
  body.finish();
  return Entry.of(new AnswerHead(200, ["Cache-Control", "max-age=60"]), body, performance.now());
}

test("what was not used for the longest time goes first, and the bytes stay within the bound", () => {
  const store = new Store(10 * 4096);
  for (const name of ["a", "b", "c"]) store.put(name, [], "", entryOf(10_000));
  assert.ok(store.get("a", ""));
  store.put("d", [], "", entryOf(10_000));
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => store.get(name, "") !== undefined),
    [true, false, true, true],
  );
  assert.ok(store.bytes <= 10 * 4096);
  assert.deepEqual([store.entries, store.evicted], [3, 1]);
});

test("what is larger than all of it is not kept, and costs nobody else", () => {
  const store = new Store(20_000);
  store.put("a", [], "", entryOf(1000));
  store.put("b", [], "", entryOf(20_000));
  assert.deepEqual([store.entries, store.get("b", "")], [1, undefined]);
});

test("long addresses and variants count as what they take", () => {
  const store = new Store(100_000);
  for (let count = 0; count < 100; count++) {
    store.put(`/?${count}${"q".repeat(5000)}`, ["x"], "v".repeat(5000), entryOf(1));
  }
  assert.ok(store.entries < 10);
  store.purge(() => true);
  assert.equal(store.bytes, 0);
});

test("one address has a bounded number of variants", () => {
  const store = new Store(1024 ** 3);
  for (let count = 0; count < 1000; count++) store.put("a", ["x"], String(count), entryOf(1));
  assert.equal(store.entries, 64);
  assert.ok(store.get("a", "999"));
});

test("a new answer takes the place of the old one, and of those that varied otherwise", () => {
  const store = new Store(1024 ** 2);
  store.put("a", ["x"], "1", entryOf(10));
  store.put("a", ["x"], "1", entryOf(10));
  store.put("a", ["x"], "2", entryOf(10));
  assert.equal(store.entries, 2);
  store.put("a", ["y"], "1", entryOf(10));
  assert.deepEqual([store.entries, store.namesOf("a")], [1, ["y"]]);
  store.remove("a");
  assert.deepEqual([store.entries, store.bytes, store.namesOf("a")], [0, 0, undefined]);
});

test("many changes leave the count of the bytes right", () => {
  const store = new Store(100_000);
  const entry = () => entryOf(100);
  for (let count = 0; count < 20_000; count++) {
    store.put(`/${count % 500}`, ["x"], String(count % 7), entry());
    if (count % 3 === 0) store.remove(`/${count % 250}`);
  }
  assert.ok(store.bytes <= 100_000 && store.entries <= 100);
  store.purge(() => true);
  assert.deepEqual([store.bytes, store.entries], [0, 0]);
});

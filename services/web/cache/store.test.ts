import assert from "node:assert/strict";
import { test } from "node:test";
import { Body } from "./body.ts";
import { Entry } from "./entry.ts";
import { Head } from "./head.ts";
import { Store } from "./store.ts";

function entryOf(key: string, names: string[], variant: string, bytes: number): Entry {
  const body = new Body();
  body.push(Buffer.alloc(bytes));
  body.finish();
  const head = new Head(200, ["Cache-Control", "max-age=60"]);
  return Entry.of({ key, names, variant }, head, body, performance.now());
}

test("the least recently used response is evicted first, and the bytes stay within the limit", () => {
  const store = new Store(10 * 4096);
  for (const name of ["a", "b", "c"]) store.put(entryOf(name, [], "", 10_000));
  assert.ok(store.get("a", ""));
  store.put(entryOf("d", [], "", 10_000));
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => store.get(name, "") !== undefined),
    [true, false, true, true],
  );
  assert.ok(store.bytes <= 10 * 4096);
  assert.deepEqual([store.entries, store.evicted], [3, 1]);
});

test("a response that is larger than the store is not stored, and evicts no other", () => {
  const store = new Store(20_000);
  store.put(entryOf("a", [], "", 1000));
  store.put(entryOf("b", [], "", 20_000));
  assert.deepEqual([store.entries, store.get("b", "")], [1, undefined]);
});

test("the length of keys and variants counts", () => {
  const store = new Store(100_000);
  for (let count = 0; count < 100; count++) {
    store.put(entryOf(`/?${count}${"q".repeat(5000)}`, ["x"], "v".repeat(5000), 1));
  }
  assert.ok(store.entries < 10);
  store.purge(() => true);
  assert.equal(store.bytes, 0);
});

test("one key has a limited number of variants", () => {
  const store = new Store(1024 ** 3);
  for (let count = 0; count < 1000; count++) store.put(entryOf("a", ["x"], String(count), 1));
  assert.equal(store.entries, 64);
  assert.ok(store.get("a", "999"));
});

test("a variant that is used stays, however many others a client makes up", () => {
  const store = new Store(1024 ** 3);
  store.put(entryOf("a", ["x"], "used", 1));
  for (let count = 0; count < 1000; count++) {
    store.put(entryOf("a", ["x"], String(count), 1));
    assert.ok(store.get("a", "used"), `gone after ${count} others`);
  }
});

test("a new response replaces the old one, and all that vary by other fields", () => {
  const store = new Store(1024 ** 2);
  store.put(entryOf("a", ["x"], "1", 10));
  store.put(entryOf("a", ["x"], "1", 10));
  store.put(entryOf("a", ["x"], "2", 10));
  assert.equal(store.entries, 2);
  store.put(entryOf("a", ["y"], "1", 10));
  assert.deepEqual([store.entries, store.namesOf("a")], [1, ["y"]]);
  store.removeKey("a");
  assert.deepEqual([store.entries, store.bytes, store.namesOf("a")], [0, 0, undefined]);
});

test("the count of bytes is right after many changes", () => {
  const store = new Store(100_000);
  for (let count = 0; count < 20_000; count++) {
    store.put(entryOf(`/${count % 500}`, ["x"], String(count % 7), 100));
    if (count % 3 === 0) store.removeKey(`/${count % 250}`);
  }
  assert.ok(store.bytes <= 100_000 && store.entries <= 100);
  store.purge(() => true);
  assert.deepEqual([store.bytes, store.entries], [0, 0]);
});

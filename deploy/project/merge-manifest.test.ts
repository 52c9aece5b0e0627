import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeManifests } from "./merge-manifest.ts";

const merge = (base: object, yours: object, theirs: object) => {
  const { text, conflicts } = mergeManifests(
    "package.json",
    ...([base, yours, theirs].map((each) => JSON.stringify(each)) as [string, string, string]),
  );
  return { merged: JSON.parse(text), conflicts };
};

test("packages that both sides have added next to each other are all there, in your order", () => {
  const { merged, conflicts } = merge(
    { name: "shop", dependencies: { b: "1" } },
    { dependencies: { b: "1", c: "3" }, name: "shop" },
    { name: "shop", dependencies: { a: "1", b: "2" } },
  );
  assert.deepEqual(Object.entries(merged), [
    ["dependencies", { b: "2", c: "3", a: "1" }],
    ["name", "shop"],
  ]);
  assert.deepEqual(conflicts, []);
});

test("what one side has removed and the other has left alone is removed", () => {
  const base = { dependencies: { a: "1", b: "1" } };
  const { merged, conflicts } = merge(
    base,
    { dependencies: { b: "1" } },
    { dependencies: { a: "1" } },
  );
  assert.deepEqual([merged, conflicts], [{ dependencies: {} }, []]);
});

test("a value that both have changed stays yours, and is named with both", () => {
  const { merged, conflicts } = merge(
    { scripts: { unit: "a" }, dependencies: { hono: "1" } },
    { scripts: { unit: "b" }, dependencies: {} },
    { scripts: { unit: "c" }, dependencies: { hono: "2" } },
  );
  assert.deepEqual(merged, { scripts: { unit: "b" }, dependencies: {} });
  assert.deepEqual(conflicts, [
    'scripts > unit: yours ("b") stays, the template has "c"',
    'dependencies > hono: yours (none) stays, the template has "2"',
  ]);
});

test("our own packages are always those of the new version", () => {
  const list = (version: string) => ({ dependencies: { "@gatehouse/web": version } });
  const { merged, conflicts } = merge(list("1"), list("1 of my own"), list("2"));
  assert.deepEqual([merged, conflicts], [list("2"), []]);
});

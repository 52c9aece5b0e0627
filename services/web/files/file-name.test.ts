import assert from "node:assert/strict";
import { test } from "node:test";
import { isHashed } from "./file-name.ts";

test("a name with a hash of eight characters or more in front of its extension is hashed", () => {
  for (const name of [
    "style.3f2a9c1b.css",
    "index-DiwrgTda.js",
    "my-app-abcdefab.js",
    "a/b.c/app.0_-Zabcd.min.js.map",
    "a%20b-a1b2c3d4.png",
  ]) {
    assert.ok(isHashed(name), name);
  }
  for (const name of [
    "style.css",
    "3f2a9c1b.css",
    "style.3f2a9c1.css",
    "my-stylesheet.css",
    "style.3f2a9c1b/file.css",
    "style.3f2a9c1b",
    "style.3f2a9c1b.",
    "style.3f2a9c1b",
    "-a b-12345678-é.css",
  ]) {
    assert.ok(!isHashed(name), name);
  }
});

test("a long name takes time that grows with its length only", () => {
  const took = (name: string) => {
    const began = performance.now();
    for (let count = 0; count < 20; count += 1) isHashed(name);
    return performance.now() - began;
  };
  for (const piece of ["-", "-a", ".", "0__-0a-", "é-"]) {
    took(piece.repeat(1000));
    const [short, long] = [took(piece.repeat(2000)), took(piece.repeat(64_000))];
    // 32 times as long; a backtracking search would take 1,000 times as long.
    assert.ok(long < 200 * (short + 1), `${piece}: ${short} ms, then ${long} ms`);
  }
});

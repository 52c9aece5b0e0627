import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Remembered } from "./remembered.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

const WORDS = 500;
const MEGABYTE = 1024 ** 2;

test("words take little memory, however long a client makes them", () => {
  const remembered = new Remembered((word) => word.length);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < WORDS; at++) {
    const word = `x-${at}-${"a".repeat(8000)}`;
    assert.equal(remembered.of(word), word.length);
  }
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  assert.equal(remembered.of("a"), 1);
  assert.ok(bytes < MEGABYTE, `${bytes} bytes`);
});

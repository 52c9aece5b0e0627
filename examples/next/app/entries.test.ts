import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf } from "./entries.ts";

test("an empty entry and one that is too long are refused with a reason", () => {
  assert.match(problemOf("  ") ?? "", /write something/);
  assert.match(problemOf("x".repeat(501)) ?? "", /at most 500/);
  assert.equal(problemOf("hello"), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isOlder, MINIMUMS } from "./state.ts";

test("versions are compared number by number, not as text", () => {
  assert.equal(isOlder("20.10.24", "25.0"), true);
  assert.equal(isOlder("25.0.0", "25.0"), false);
  assert.equal(isOlder("9.0", "25.0"), true);
  assert.equal(isOlder("2.4.1", "2.24"), true);
  assert.equal(isOlder("2.24", "2.24.0"), false);
});

test("a suffix of a distribution or vendor does not matter", () => {
  assert.equal(isOlder("26.1.5+dfsg1", MINIMUMS.engine.least), false);
  assert.equal(isOlder("v2.24.0-desktop.1", MINIMUMS.compose.least), false);
  assert.equal(isOlder("1.29.2-3", MINIMUMS.compose.least), true);
  assert.equal(isOlder("0.13.1+ds1", MINIMUMS.buildx.least), false);
  assert.equal(isOlder("2.40.3+ds1-0ubuntu1~24.04.1", MINIMUMS.compose.least), false);
});

test("a build from source has no number and counts as new enough", () => {
  assert.equal(isOlder("dev", MINIMUMS.engine.least), false);
});

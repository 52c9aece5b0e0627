import assert from "node:assert/strict";
import { test } from "node:test";
import { Visitors } from "./visitors.ts";

test("visitors are away ten seconds after the last one, and back with the next", () => {
  const visitors = new Visitors();
  assert.equal(visitors.areAway(5000), false);
  assert.equal(visitors.areAway(15_000), false);
  assert.equal(visitors.areAway(15_001), true);
  visitors.came();
  assert.equal(visitors.areAway(16_000), false);
  assert.equal(visitors.areAway(26_000), false);
  assert.equal(visitors.areAway(26_001), true);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf, loadOf } from "./run.ts";
import { factorAt, type Shape, shapes } from "./script/shapes.ts";

const CROSSED = 99;

test("every suite has a threshold for failed requests and one for failed checks", () => {
  for (const [name, { thresholds }] of Object.entries<Shape>(shapes)) {
    assert.ok(thresholds.http_req_failed, `${name}: http_req_failed`);
    assert.ok(thresholds.checks, `${name}: checks`);
  }
});

test("a crossed threshold fails every suite but the breakpoint", () => {
  for (const name of ["smoke", "average", "stress", "spike", "soak"] as const) {
    assert.equal(exitCodeOf(shapes[name], CROSSED, 0.9), CROSSED, name);
  }
});

test("the breakpoint passes if the site broke above the usual load, and fails below it", () => {
  const { breakpoint } = shapes;
  // It rises from 0.5 to 20 times the usual load: the usual load is reached after 2.6 % of the time.
  assert.equal(exitCodeOf(breakpoint, CROSSED, 0.5), 0);
  assert.equal(exitCodeOf(breakpoint, CROSSED, 0.03), 0);
  assert.equal(exitCodeOf(breakpoint, CROSSED, 0.02), CROSSED);
  assert.equal(exitCodeOf(breakpoint, 0, 1), 0);
});

test("k6's other failures stay failures", () => {
  assert.equal(exitCodeOf(shapes.breakpoint, 107, 0.9), 107);
});

test("the factor of a shape is interpolated within a stage", () => {
  assert.equal(factorAt(shapes.spike, 0), 1);
  assert.equal(factorAt(shapes.spike, 0.3), 8);
  assert.equal(factorAt(shapes.breakpoint, 0.5), 10.25);
  assert.equal(factorAt(shapes.smoke, 2), 1);
});

test("a wrong SUITE, RATE or DURATION is rejected with what is allowed", () => {
  assert.throws(() => loadOf({ SUITE: "huge" }), /there are smoke, average/);
  assert.throws(() => loadOf({ RATE: "-1" }), /more than 0/);
  assert.throws(() => loadOf({ DURATION: "soon" }), /expected 90s, 5m or 1h30m/);
  assert.deepEqual(loadOf({}), { suite: "smoke", rate: 10, duration: "20s" });
});

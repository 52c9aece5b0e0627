import assert from "node:assert/strict";
import { test } from "node:test";
import { Stages } from "../stages.ts";
import { deployed } from "./report.ts";

test("warnings are counted at the end of a deploy, also of one that changes nothing", () => {
  const done = { number: 3, ran: true, counts: undefined, stages: new Stages() };
  const warnings = ["redis cannot be started: no such image", "mail-1 does not run well"];
  const list =
    /\n\n2 warnings:\n {2}redis cannot be started: no such image\n {2}mail-1 does not run well\n$/;
  assert.match(deployed({ ...done, changed: ["app"], warnings }), list);
  assert.match(deployed({ ...done, changed: [], warnings }), list);
  assert.doesNotMatch(deployed({ ...done, changed: ["app"], warnings: [] }), /warning/);
  assert.match(deployed({ ...done, changed: [], warnings: ["one"] }), /\n1 warning:\n {2}one\n$/);
});

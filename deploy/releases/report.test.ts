import assert from "node:assert/strict";
import { test } from "node:test";
import { Stages } from "../stages.ts";
import { deployed, releasesTable } from "./report.ts";

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

test("the list of releases says how one is brought back, and that one was", () => {
  const made = (number: number) => ({
    ...({
      at: `2026-01-0${number}T10:20:30.000Z`,
      by: "ada",
      command: "deploy",
      outcome: "done",
    } as const),
    ...{
      number,
      release: { module: "app.ts", edge: "web" as const, app: `a${number}`, web: "w" },
      seconds: 20,
    },
  });
  const releases = [made(1), made(2)];
  const [first, second] = releases;
  assert.ok(first && second);
  assert.match(
    releasesTable(releases, 2, releases),
    /\nmake rollback RELEASE=number brings one back\.\n$/,
  );
  const back = {
    ...first,
    command: "rollback",
    at: "2026-01-03T04:05:06.000Z",
    by: "ben",
  } as const;
  assert.match(
    releasesTable([second, first], 1, [...releases, back]),
    /\n\* +1 +2026-01-01 10:20 [\s\S]*\nRelease 1 runs since a rollback by ben, 2026-01-03 04:05\.\n$/,
  );
});

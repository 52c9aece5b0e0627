import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { examine, problemOf } from "./examine.ts";
import { bad, type Check, good } from "./finding.ts";

const check = (name: string, needs: string[], ...findings: ReturnType<typeof good>[]): Check => ({
  name,
  needs,
  check: async () => findings,
});

test("a check whose ground is missing is passed over, and the problems keep their order", async (t) => {
  const clone = await temporaryClone(t);
  const ground = { clone, environment: await readEnvironment(clone) };
  const rows = await examine(ground, [
    check("settings", [], good("fine")),
    check("engine", [], bad("no engine", 69), bad("old engine", 69)),
    check("disk", ["settings", "engine"], bad("never looked at")),
    check("ports", ["settings"], bad("taken")),
  ]);
  assert.deepEqual(
    rows.map(({ name, finding }) => [name, finding?.ok]),
    [
      ["settings", true],
      ["engine", false],
      ["engine", false],
      ["disk", undefined],
      ["ports", false],
    ],
  );
  const problem = problemOf(rows);
  assert.equal(problem?.message, "no engine\nold engine\ntaken");
  assert.equal(problem?.exitCode, 69);
});

test("no problem is no error", async () => {
  assert.equal(problemOf([{ name: "a", finding: good("fine"), needs: "" }]), undefined);
});

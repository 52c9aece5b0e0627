import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { bad, type Check, good, problemOf, runChecks } from "./check.ts";

const check = (name: string, needs: string[], ...findings: ReturnType<typeof good>[]): Check => ({
  name,
  needs,
  check: async () => findings,
});

test("a check is skipped if one that it needs has failed; problems keep their order", async (t) => {
  const clone = await temporaryClone(t);
  const subject = { clone, environment: await readEnvironment(clone) };
  const rows = await runChecks(subject, [
    check("settings", [], good("fine")),
    check("engine", [], bad("no engine", 69), bad("old engine", 69)),
    check("disk", ["settings", "engine"], bad("never checked")),
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

test("without a problem there is no error", () => {
  assert.equal(problemOf([{ name: "a", finding: good("fine"), failedNeed: "" }]), undefined);
});

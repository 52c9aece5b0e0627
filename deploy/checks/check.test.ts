import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { bad, type Check, good, requireChecks, runChecks } from "./check.ts";

const check = (name: string, needs: string[], ...findings: ReturnType<typeof good>[]): Check => ({
  name,
  needs,
  check: async () => findings,
});

test("a check is skipped if one that it needs has failed; problems keep their order", async (t) => {
  const clone = await temporaryClone(t);
  const subject = { clone, environment: await readEnvironment(clone) };
  const checks = [
    check("settings", [], good("fine")),
    check("engine", [], bad("no engine", 69), bad("old engine", 69)),
    check("disk", ["settings", "engine"], bad("never checked")),
    check("ports", ["settings"], bad("taken")),
  ];
  const rows = await runChecks(subject, checks);
  assert.deepEqual(
    rows.map(({ name, ok }) => [name, ok]),
    [
      ["settings", true],
      ["engine", false],
      ["engine", false],
      ["disk", undefined],
      ["ports", false],
    ],
  );
  assert.equal(rows[3]?.text, "not checked: fix the engine first");
  await assert.rejects(requireChecks(subject, checks), {
    message: "no engine\nold engine\ntaken",
    exitCode: 69,
  });
});

test("without a problem there is no error", async (t) => {
  const clone = await temporaryClone(t);
  const subject = { clone, environment: await readEnvironment(clone) };
  await requireChecks(subject, [check("a", [], good("fine"))]);
});

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { runGatehouse } from "./gatehouse.ts";

function setTo(t: TestContext, value: string): void {
  process.env.TO = value;
  t.after(() => {
    delete process.env.TO;
  });
}

// None of these would do anything here if they were not refused.
for (const [name, to] of [
  ["update", "production"],
  ["update", "3"],
  ["rollback", "production"],
] as const) {
  test(`${name} with TO=${to} is refused with what to do instead`, async (t) => {
    setTo(t, to);
    await assert.rejects(
      runGatehouse([name]),
      new RegExp(`TO=${to}: ${name} works on this machine only.*git pull && make ${name}`),
    );
  });
}

test("an unknown command is refused with those that there are", async () => {
  await assert.rejects(runGatehouse(["fly"]), /there is no command fly: use backup, .*, update/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryFolder } from "../testing.ts";
import { prune } from "./prune.ts";
import { listBackups } from "./store.ts";
import { writeBackup } from "./testing.ts";

test("the new backup stays, though one has a later date, and the rule keeps one only", async (t) => {
  const folder = await temporaryFolder(t);
  await writeBackup(folder, "2026-11-26T03:00:00Z");
  await writeBackup(folder, "2036-01-01T00:00:00Z");
  const made = await writeBackup(folder, "2026-11-27T03:00:00Z");
  const rule = { last: 1, daily: 0, weekly: 0, monthly: 0 };
  assert.deepEqual(await prune(folder, rule, made.folder), ["2026-11-26T03-00-00Z"]);
  assert.deepEqual(
    (await listBackups(folder)).map(({ name }) => name),
    ["2026-11-27T03-00-00Z", "2036-01-01T00-00-00Z"],
  );
});

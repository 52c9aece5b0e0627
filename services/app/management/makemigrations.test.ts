import assert from "node:assert/strict";
import { test } from "node:test";
import { missingMigration } from "./missing-migration.ts";

test("every change of models/ has its migration", async () => {
  assert.deepEqual(await missingMigration(), []);
});

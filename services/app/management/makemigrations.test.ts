import assert from "node:assert/strict";
import { test } from "node:test";
import { missingMigration } from "./makemigrations.ts";

test("every change in models/ has a migration", async () => {
  assert.deepEqual(await missingMigration(), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { tryOut } from "./trial.ts";

test("a trial that cannot be started says so, and does not blame the site", async (t) => {
  const { execPath } = process;
  t.after(() => {
    process.execPath = execPath;
  });
  process.execPath = "/nowhere/node";
  await assert.rejects(tryOut(), /the trial could not be started: spawn \/nowhere\/node ENOENT/);
});

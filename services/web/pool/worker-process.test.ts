import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerProcess } from "./worker-process.ts";

test("a process that cannot be started has ended, with the reason", {
  timeout: 10_000,
}, async (t) => {
  const { execPath } = process;
  t.after(() => {
    process.execPath = execPath;
  });
  process.execPath = "/nowhere/node";
  const worker = new WorkerProcess([]);
  const { reason } = await worker.ended;
  assert.match(String(reason), /^cannot be started: .*ENOENT/);
  assert.equal(worker.state, "dead");
});

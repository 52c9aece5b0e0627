import assert from "node:assert/strict";
import { test } from "node:test";
import { BUSY_EXIT_CODE } from "../problem.ts";
import { claimDeployLock } from "../releases/lock.ts";
import { runnableClone } from "../testing.ts";
import { contextOf } from "./context.ts";
import { removeBackup } from "./list-command.ts";
import { listBackups } from "./store.ts";
import { writeBackup } from "./testing.ts";

test("a backup is not removed while another command, such as a restore, works on the project", async (t) => {
  const clone = await runnableClone(t, { packages: false });
  const context = await contextOf(clone);
  const { name } = await writeBackup(context.folder, "2026-11-27T03:00:00Z");
  const restore = await claimDeployLock(context.stack.settings.project, "restore");
  await assert.rejects(removeBackup(name, clone), { exitCode: BUSY_EXIT_CODE });
  restore[Symbol.dispose]();
  assert.equal(await removeBackup(name, clone), `${name} is removed\n`);
  assert.deepEqual(await listBackups(context.folder), []);
});

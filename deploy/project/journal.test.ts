import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { exitCodeOf } from "../command.ts";
import { stoppable } from "../interruption.ts";
import { LeftBehind, Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { temporaryFolder } from "../testing.ts";
import { Journal } from "./journal.ts";

/** A folder with three files that a journal has changed; the first of them cannot be put back. */
async function changed(t: Parameters<typeof temporaryFolder>[0]) {
  const folder = await temporaryFolder(t);
  const path = (name: string): string => join(folder, name);
  await writeFile(path("a"), "a\n");
  await writeFile(path("b"), "b\n");
  const journal = new Journal();
  for (const name of ["a", "b", "new/c"]) await journal.write(path(name), "changed\n");
  // A folder in its place, with something in it.
  await rm(path("a"));
  await mkdir(path("a/in the way"), { recursive: true });
  return { journal, path };
}

test("a file that cannot be put back is named with the cause, and all others are put back", async (t) => {
  const { journal, path } = await changed(t);
  await assert.rejects(journal.undo(new Error("npm failed")), (error: Error) => {
    assert.ok(error instanceof LeftBehind);
    assert.match(error.message, /^npm failed\nnot put back as before, all else is: \S+\/a \(.+\)$/);
    return true;
  });
  assert.equal(await readFile(path("b"), "utf8"), "b\n");
  assert.equal(existsSync(path("new")), false);
});

test("the exit code of what failed stays where not all is put back", async (t) => {
  const { journal } = await changed(t);
  const failed = new Problem("the registry does not answer", UNAVAILABLE_EXIT_CODE);
  await assert.rejects(journal.undo(failed), { exitCode: UNAVAILABLE_EXIT_CODE, cause: failed });
});

test("work that was stopped does not claim that all is as it was where it is not", async (t) => {
  const { journal } = await changed(t);
  const work = stoppable("nothing was written", async (interruption) => {
    process.kill(process.pid, "SIGTERM");
    await interruption.arrived;
    // What the signal ended says so first.
    await journal.undo(new Error("npm failed"));
  });
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof LeftBehind);
    assert.match(error.message, /^stopped by SIGTERM\nnot put back as before.*\/a \(.+\)$/);
    assert.equal(error.exitCode, exitCodeOf("SIGTERM"));
    return true;
  });
  const clean = stoppable("nothing was written", async (interruption) => {
    process.kill(process.pid, "SIGTERM");
    await interruption.arrived;
    interruption.check();
  });
  await assert.rejects(clean, {
    message: "stopped by SIGTERM: nothing was written",
    exitCode: exitCodeOf("SIGTERM"),
  });
});

test("a file keeps its mode, when it is changed and when it is put back", async (t) => {
  const file = join(await temporaryFolder(t), "run");
  await writeFile(file, "old\n");
  await chmod(file, 0o750);
  const journal = new Journal();
  await journal.write(file, "new\n");
  assert.equal((await stat(file)).mode & 0o777, 0o750);
  await journal.undo(new Error("stopped"));
  assert.equal((await stat(file)).mode & 0o777, 0o750);
  assert.equal(await readFile(file, "utf8"), "old\n");
});

import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Fields, Logger } from "@gatehouse/telemetry";
import { eventually } from "../testing/jobs-process.ts";
import { Claims } from "./claims.ts";
import { TaskRunner } from "./runner.ts";
import { readSchedule } from "./table.ts";

const HOUR = 3_600_000;

interface Line extends Fields {
  readonly level: string;
  readonly message: string;
}

/** A runner of one task, with the lines that it logs and the folder of its claims. */
async function runnerOf(t: TestContext, fields: string, command: readonly string[] = ["true"]) {
  const folder = await mkdtemp(join(tmpdir(), "runner-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "schedule.mjs");
  const row = `{ command: ${JSON.stringify(command)}, ${fields} }`;
  await writeFile(file, `export default { tick: ${row} };`);
  const [task] = await readSchedule(file);
  assert.ok(task);
  const state = join(folder, "state");
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (message: string, more: Fields = {}) =>
      void lines.push({ ...more, level, message });
  const logger: Logger = { info: write("info"), warn: write("warn"), error: write("error") };
  const runner = new TaskRunner(task, await Claims.open(state), process.env, logger);
  t.after(() => runner.stop());
  const ended = async (count: number) => {
    const of = () => lines.filter(({ message }) => message === "task ended");
    await eventually(
      () => of().length >= count,
      () => `${count} runs in ${JSON.stringify(lines)}`,
    );
    return of();
  };
  /** Has the last run be one of this moment. */
  const claim = (moment: number) => writeFile(join(state, `tick@${moment}`), "");
  return { runner, lines, state, ended, claim };
}

test("a runner that was stopped before its start begins nothing, whatever was missed", async (t) => {
  const { runner, lines, state, claim } = await runnerOf(t, 'cron: "0 * * * *"');
  const last = Date.now() - 5 * HOUR;
  await claim(last);
  await runner.stop();
  await runner.start();
  assert.equal(runner.isRunning, false);
  assert.deepEqual(lines, []);
  assert.deepEqual(await readdir(state), [`tick@${last}`]);
});

test("no run begins after a stop during the start: the stop waits for it, or it is not begun", async (t) => {
  const { runner, lines, claim } = await runnerOf(t, 'cron: "0 * * * *"');
  await claim(Date.now() - 5 * HOUR);
  const started = runner.start();
  await runner.stop();
  const before = [...lines];
  assert.equal(runner.isRunning, false);
  await started;
  assert.equal(runner.isRunning, false);
  assert.deepEqual(lines, before);
});

test("a program whose start throws is a failed run like any other", async (t) => {
  const tooLong = "a".repeat(4 * 1024 ** 2);
  for (const [command, reason] of [
    [["/dev/null/program"], /ENOTDIR/],
    [["true", tooLong], /E2BIG/],
    [["no-such-program"], /ENOENT/],
  ] as const) {
    const { runner, ended } = await runnerOf(t, 'cron: "* * * * * *"', command);
    await runner.start();
    const [first, second] = await ended(2);
    assert.match(String(first?.reason), reason);
    assert.equal(second?.level, "error");
    assert.equal(runner.counts.failed, 2);
    await runner.stop();
  }
});

test("times that are refused since a later one has had its run are counted, and logged once with the reason", async (t) => {
  const { runner, lines, claim } = await runnerOf(t, 'cron: "* * * * * *"');
  await claim(Date.now() + HOUR);
  await runner.start();
  await eventually(
    () => runner.counts.skipped >= 3,
    () => `3 skipped times: ${JSON.stringify(lines)}`,
  );
  assert.deepEqual(
    lines.map(({ level, message, task, reason }) => [level, message, task, reason]),
    [["warn", "task skipped", "tick", "a later time has had its run: was the clock set back?"]],
  );
});

test("a task is overdue since its first time that has had no run", async (t) => {
  const { runner } = await runnerOf(t, 'cron: "0 * * * *"');
  const start = new Date("2126-11-27T21:17:00Z");
  await runner.start(start);
  assert.equal(runner.overdue(start), 0);
  assert.equal(runner.overdue(new Date("2126-11-27T22:00:00Z")), 0);
  assert.equal(runner.overdue(new Date("2126-11-27T23:30:00Z")), 1.5 * HOUR);
});

test("a run that lasts over its next times makes its task overdue, until the next run begins", async (t) => {
  const { runner, ended } = await runnerOf(t, 'cron: "* * * * * *"', ["sleep", "3.5"]);
  await runner.start();
  await ended(1);
  assert.ok(runner.overdue(new Date()) > 1500, `${runner.overdue(new Date())} ms`);
  await eventually(
    () => runner.isRunning,
    () => "no second run",
  );
  assert.ok(runner.overdue(new Date()) < 1000, `${runner.overdue(new Date())} ms`);
});

test("a missed time that has its run at the start, and one that has none by choice, are not overdue", async (t) => {
  for (const missed of ["run", "skip"]) {
    const { runner, claim } = await runnerOf(t, `cron: "0 * * * *", missed: "${missed}"`);
    await claim(Date.now() - 5 * HOUR);
    await runner.start();
    assert.equal(runner.overdue(new Date()), 0, missed);
  }
});

test("nor are times that passed while the machine slept", async (t) => {
  for (const missed of ["run", "skip"]) {
    const { runner } = await runnerOf(t, `cron: "0 * * * *", missed: "${missed}"`);
    // Its timer is due hours late.
    await runner.start(new Date(Date.now() - 5 * HOUR));
    await eventually(
      () => runner.overdue(new Date()) === 0,
      () => `${missed}: ${runner.overdue(new Date())} ms`,
    );
  }
});

import assert from "node:assert/strict";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, everySecond, folderWith, JobsProcess } from "../testing/jobs-process.ts";

const SCHEDULE = { JOBS_SCHEDULE: "schedule.mjs" };

test("a task runs at its times, and each run is one line with exit code and duration", async (t) => {
  const task =
    "console.log('tick'); console.log(process.env.SCHEDULED_TASK, process.env.SCHEDULED_AT); process.exitCode = 3;";
  const folder = await folderWith(t, { "schedule.mjs": everySecond(), "task.mjs": task });
  const jobs = new JobsProcess(t, folder, SCHEDULE);
  const [first, second] = await jobs.until("task ended", 2);
  assert.equal(jobs.of("tick").length, 2);
  assert.equal(first?.exit_code, 3);
  assert.equal(first.level, "error");
  assert.equal(first.task, "tick");
  assert.ok(Number(first.duration_ms) > 0);
  assert.equal(jobs.of(`tick ${first.due}`).length, 1, "the task knows its time");
  const between = Date.parse(String(second?.due)) - Date.parse(String(first.due));
  assert.equal(between, 1000);
});

test("two processes that share the state run each time once", async (t) => {
  const task = "console.log('tick');";
  const folder = await folderWith(t, { "schedule.mjs": everySecond(), "task.mjs": task });
  const both = [new JobsProcess(t, folder, SCHEDULE), new JobsProcess(t, folder, SCHEDULE)];
  const dues = () => both.flatMap((each) => each.of("task ended").map(({ due }) => due));
  await Promise.all(both.map((each) => each.until("jobs")));
  await eventually(
    () => dues().length >= 5,
    () => `5 runs, but: ${dues().join()}`,
  );
  // The output of a run may be read after the line about its end.
  for (const each of both) await each.end("SIGTERM");
  assert.equal(new Set(dues()).size, dues().length);
  assert.equal(both.flatMap((each) => each.of("tick")).length, dues().length);
});

test("a run that is longer than its interval is not run beside itself", async (t) => {
  const task = "console.log('begins'); setTimeout(() => console.log('ends'), 2500);";
  const folder = await folderWith(t, { "schedule.mjs": everySecond(), "task.mjs": task });
  const jobs = new JobsProcess(t, folder, SCHEDULE);
  await jobs.until("ends", 2);
  const own = jobs.lines.map(({ text }) => text).filter((text) => /^(begins|ends)$/.test(text));
  assert.deepEqual(own.slice(0, 4), ["begins", "ends", "begins", "ends"]);
  assert.equal(jobs.of("task skipped")[0]?.reason, "its last run has not ended");
});

test("a run that takes too long is ended, and its line says so", async (t) => {
  const files = {
    "schedule.mjs": everySecond("timeout: 1"),
    "task.mjs": "setInterval(() => {}, 9e6);",
  };
  const jobs = new JobsProcess(t, await folderWith(t, files), SCHEDULE);
  const [line] = await jobs.until("task ended");
  assert.equal(line?.signal, "SIGTERM");
  assert.equal(line.reason, "it took longer than 1 s");
});

/** Starts twice with a task that is due at each full hour, whose last run was long ago. */
async function afterAnOutage(t: Parameters<typeof folderWith>[0], fields: string) {
  const schedule = `export default { "hourly": { cron: "0 * * * *", command: ["node", "task.mjs"], ${fields} } };`;
  const folder = await folderWith(t, { "schedule.mjs": schedule, "task.mjs": "" });
  const first = new JobsProcess(t, folder, SCHEDULE);
  await first.until("jobs");
  await first.end("SIGTERM");
  assert.deepEqual(first.of("task ended"), []);
  const [claim = ""] = await readdir(join(folder, "state"));
  const past = Date.now() - 5 * 3_600_000;
  await rename(join(folder, "state", claim), join(folder, "state", `hourly@${past}`));
  return { folder, jobs: new JobsProcess(t, folder, SCHEDULE) };
}

test("times that were missed while nothing ran have one run at the next start", async (t) => {
  const { folder, jobs } = await afterAnOutage(t, "");
  const [line] = await jobs.until("task ended");
  assert.equal(line?.missed, true);
  assert.ok(Date.now() - Date.parse(String(line.due)) < 3_600_000, "the last of the missed times");
  assert.equal(await jobs.end("SIGTERM"), 0);
  const again = new JobsProcess(t, folder, SCHEDULE);
  await again.until("jobs");
  assert.equal(await again.end("SIGTERM"), 0);
  assert.deepEqual(again.of("task ended"), []);
});

test("with missed: skip they have none", async (t) => {
  const { jobs } = await afterAnOutage(t, 'missed: "skip"');
  await jobs.until("jobs");
  assert.equal(await jobs.end("SIGTERM"), 0);
  assert.deepEqual(jobs.of("task ended"), []);
});

test("a program that cannot be started is a failed run, and the next time it is tried again", async (t) => {
  const schedule =
    'export default { tick: { cron: "* * * * * *", command: ["./no-such-program"] } };';
  const folder = await folderWith(t, { "schedule.mjs": schedule });
  const jobs = new JobsProcess(t, folder, SCHEDULE);
  const [line] = await jobs.until("task ended", 2);
  assert.match(String(line?.reason), /ENOENT/);
  assert.equal(line?.level, "error");
});

test("a state that cannot be read ends the start", async (t) => {
  const folder = await folderWith(t, { "schedule.mjs": everySecond(), "task.mjs": "" });
  await writeFile(join(folder, "state"), "");
  const jobs = new JobsProcess(t, folder, SCHEDULE);
  assert.notEqual(await jobs.closed, 0);
  assert.deepEqual(jobs.of("task ended"), []);
});

test("a state that is lost skips the runs instead of running them twice, until it is back", async (t) => {
  const folder = await folderWith(t, { "schedule.mjs": everySecond(), "task.mjs": "" });
  const jobs = new JobsProcess(t, folder, SCHEDULE);
  await jobs.until("task ended");
  const [state, away] = [join(folder, "state"), join(folder, "away")];
  await rename(state, away);
  await writeFile(state, "");
  const [line] = await jobs.until("task skipped", 2);
  assert.equal(line?.level, "error");
  assert.match(String(line.reason), /ENOTDIR|ENOENT/);
  // One that was claimed before may end now.
  const before = new Set(jobs.of("task skipped").map(({ due }) => due));
  assert.ok(jobs.of("task ended").every(({ due }) => !before.has(due)));
  await rm(state);
  await rename(away, state);
  const count = jobs.of("task ended").length;
  await jobs.until("task ended", count + 1);
});

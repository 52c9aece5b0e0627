import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { stretched } from "@gatehouse/telemetry/testing";
import { everySecond, folderWith, JobsProcess } from "./testing/jobs-process.ts";

const PROGRAM = { JOBS_ENTRY: "program.mjs" };

/** A consumer that finishes the job in hand at a TERM, in its own time. */
const consumer = (finish: string) => `
  const timer = setInterval(() => {}, 1000);
  process.on("SIGTERM", () => setTimeout(() => { console.log("finished"); clearInterval(timer); }, ${finish}));
  console.log("consumes " + process.env.QUEUE + " " + process.env.JOBS_CONCURRENCY + " " + process.env.JOBS_ENTRY);
`;

test("the program gets the variables of the application, and finishes its job at a TERM", async (t) => {
  const folder = await folderWith(t, { "program.mjs": consumer("700") });
  const jobs = new JobsProcess(t, folder, { ...PROGRAM, QUEUE: "mail", JOBS_CONCURRENCY: "5" });
  await jobs.until("jobs");
  assert.equal(jobs.of("consumes mail 5 undefined").length, 1);
  assert.equal(await jobs.end("SIGTERM"), 0);
  assert.equal(jobs.of("finished").length, 1);
});

test("a run in hand finishes at a TERM, and no other one begins", async (t) => {
  const task = "console.log('begins'); setTimeout(() => console.log('ends'), 3000);";
  const folder = await folderWith(t, { "schedule.mjs": everySecond(), "task.mjs": task });
  const jobs = new JobsProcess(t, folder, { JOBS_SCHEDULE: "schedule.mjs" });
  await jobs.until("begins");
  assert.equal(await jobs.end("SIGTERM"), 0);
  assert.equal(jobs.of("begins").length, 1);
  assert.equal(jobs.of("ends").length, 1);
  // The process did not end before its run, which would end with its container.
  assert.equal(jobs.of("task ended").length, 1);
});

test("what does not finish in the graceful time is ended", async (t) => {
  const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";
  const task = "console.log('begins'); setTimeout(() => console.log('ends'), 60_000);";
  const files = { "program.mjs": deaf, "schedule.mjs": everySecond(), "task.mjs": task };
  const settings = { ...PROGRAM, JOBS_SCHEDULE: "schedule.mjs", JOBS_GRACEFUL_TIMEOUT: "300" };
  const jobs = new JobsProcess(t, await folderWith(t, files), settings);
  await jobs.until("begins");
  assert.equal(await jobs.end("SIGTERM"), 0);
  assert.equal(jobs.of("task ended")[0]?.signal, "SIGTERM");
  assert.equal(jobs.of("program ended")[0]?.signal, "SIGKILL");
});

test("a program that ends is started again, and the schedule goes on", async (t) => {
  const program = "setTimeout(() => process.exit(7), 2500); console.log('starts');";
  const files = { "program.mjs": program, "schedule.mjs": everySecond(), "task.mjs": "" };
  const jobs = new JobsProcess(t, await folderWith(t, files), {
    ...PROGRAM,
    JOBS_SCHEDULE: "schedule.mjs",
  });
  await jobs.until("starts", 3);
  assert.equal(jobs.of("program ended")[0]?.exit_code, 7);
  await jobs.until("task ended");
});

test("a program that fails at once ends this process with its code; its own line is the last", async (t) => {
  const program = "throw new Error('no queue here');";
  const files = { "program.mjs": program, "schedule.mjs": everySecond(), "task.mjs": "" };
  const jobs = new JobsProcess(t, await folderWith(t, files), {
    ...PROGRAM,
    JOBS_SCHEDULE: "schedule.mjs",
  });
  assert.equal(await jobs.closed, 1);
  assert.ok(jobs.of("Error: no queue here").length === 1);
  assert.deepEqual(jobs.of("task ended"), []);
});

test("a program that is done at once is an error: it should run all the time", async (t) => {
  const jobs = new JobsProcess(t, await folderWith(t, { "program.mjs": "" }), PROGRAM);
  assert.equal(await jobs.closed, 1);
  assert.match(String(jobs.of("program ended")[0]?.reason), /a program of JOBS keeps running/);
});

/** Runs --check-config. @returns the exit code, null if it does not end by itself, and what was printed */
async function check(folder: string, settings: Readonly<Record<string, string>>) {
  const main = join(import.meta.dirname, "main.ts");
  const options = { cwd: folder, env: { ...process.env, ...settings }, timeout: stretched(20_000) };
  return await promisify(execFile)(process.execPath, [main, "--check-config"], options).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stderr: string }) => ({ code: error.code, text: error.stderr }),
  );
}

test("--check-config ends, though the schedule's module keeps a handle", async (t) => {
  const schedule = `setInterval(() => {}, 1000);\n${everySecond()}`;
  const folder = await folderWith(t, { "schedule.mjs": schedule, "task.mjs": "" });
  const checked = await check(folder, { JOBS_SCHEDULE: "schedule.mjs" });
  assert.deepEqual(checked, { code: 0, text: "tick (* * * * * *)\n" });
});

test("--check-config reads program and schedule, and runs no program and no task", async (t) => {
  const files = {
    "program.mjs": "console.log('runs');",
    "schedule.mjs": everySecond(),
    "task.mjs": "",
    "broken.mjs": "import './gone.mjs';",
    "unfinished.mjs": "const a = ;",
    "lost.mjs": 'export default { a: { cron: "* * * * *", command: ["node", "gone.ts"] } };',
  };
  const folder = await folderWith(t, files);
  const both = await check(folder, { ...PROGRAM, JOBS_SCHEDULE: "schedule.mjs" });
  assert.deepEqual(both, { code: 0, text: "program.mjs, tick (* * * * * *)\n" });
  for (const [settings, message] of [
    [{ JOBS_ENTRY: "none.mjs" }, /^JOBS=none\.mjs: no such file\n$/],
    [{ JOBS_ENTRY: "broken.mjs" }, /^JOBS=broken\.mjs: .*Cannot find module/],
    [{ JOBS_ENTRY: "unfinished.mjs" }, /^JOBS=unfinished\.mjs: SyntaxError/],
    [{ JOBS_SCHEDULE: "lost.mjs" }, /^lost\.mjs: a: gone\.ts: no such file\n$/],
  ] as const) {
    const { code, text } = await check(folder, settings);
    assert.equal(code, 78, text);
    assert.match(text, message);
  }
});

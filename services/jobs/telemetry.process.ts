import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { folderWith, JobsProcess } from "./testing/jobs-process.ts";

/** A page of the admin socket. */
async function page(socketPath: string, path: string): Promise<string> {
  const asked = request({ socketPath, path }).end();
  const [response]: IncomingMessage[] = await once(asked, "response");
  return response === undefined ? "" : await text(response);
}

test("/metrics and /status have the state, the program's restarts, and the runs of each task by outcome", async (t) => {
  const schedule = `export default {
    works: { cron: "* * * * * *", command: ["true"] },
    breaks: { cron: "* * * * * *", command: ["false"] },
    rare: { cron: "0 0 1 1 *", command: ["true"] },
  };`;
  const program = "setTimeout(() => process.exit(7), 2000);";
  const folder = await folderWith(t, { "schedule.mjs": schedule, "program.mjs": program });
  const socket = join(folder, "admin.sock");
  const jobs = new JobsProcess(t, folder, {
    ...{ JOBS_ENTRY: "program.mjs", JOBS_SCHEDULE: "schedule.mjs", JOBS_ADMIN_SOCKET: socket },
  });
  await jobs.until("task ended", 2);
  await jobs.until("program ended", 2);
  const lines = (await page(socket, "/metrics")).split("\n").filter(Boolean);
  const names = lines.filter((line) => line.startsWith("# TYPE")).map((line) => line.slice(7));
  assert.deepEqual(names, [
    "jobs_state gauge",
    "jobs_program_restarts_total counter",
    "jobs_task_runs_total counter",
    "jobs_task_overdue_seconds gauge",
  ]);
  const value = (series: string) => {
    const line = lines.find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };
  const runs = (task: string, outcome: string) =>
    value(`jobs_task_runs_total{task="${task}",outcome="${outcome}"}`) ?? Number.NaN;
  assert.ok(runs("works", "succeeded") > 0);
  assert.equal(runs("works", "failed"), 0);
  assert.ok(runs("breaks", "failed") > 0);
  assert.equal(runs("breaks", "succeeded"), 0);
  // Prometheus sees an increase only of what was there before.
  assert.deepEqual(
    ["succeeded", "failed", "skipped"].map((each) => runs("rare", each)),
    [0, 0, 0],
  );
  assert.equal(value('jobs_task_overdue_seconds{task="rare"}'), 0);
  assert.ok((value("jobs_program_restarts_total") ?? 0) > 0);
  const states = ["starting", "ready", "draining"].map((each) =>
    value(`jobs_state{state="${each}"}`),
  );
  assert.deepEqual(states.toSorted(), [0, 0, 1]);
  assert.equal(states[2], 0);
  const { tasks } = JSON.parse(await page(socket, "/status"));
  assert.deepEqual(
    tasks.map(({ name }: { name: string }) => name),
    ["works", "breaks", "rare"],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../command.ts";
import { IdleProject } from "../releases/testing.ts";
import { runningWriters, startWriters, stoppedWriters, stopWriters } from "./writers.ts";

const say = () => {};

test("everything that may write is stopped, paused or not; edge and database go on", async (t) => {
  const project = await IdleProject.make(t);
  for (const service of ["app", "queue", "db", "web"]) await project.start(service);
  await run("docker", ["pause", await project.start("paused")]);
  await stopWriters(await runningWriters(project.name));
  const stopped = { app: "exited", queue: "exited", paused: "exited" };
  assert.deepEqual(await project.states(), { ...stopped, db: "running", web: "running" });
});

test("one that cannot be stopped is named, and all others are stopped", async (t) => {
  const project = await IdleProject.make(t);
  const app = await project.start("app");
  await project.start("jobs");
  await project.refuseToStop(t, app);
  const stopping = stopWriters(await runningWriters(project.name));
  await assert.rejects(stopping, /may still write: app-1 cannot be stopped: .*permission denied/);
  assert.deepEqual(await project.states(), { app: "running", jobs: "exited" });
});

test("one that cannot be started is named, and all others run", async (t) => {
  const project = await IdleProject.make(t);
  await project.start("app");
  const network = await project.startOnNetwork("jobs");
  const writers = await runningWriters(project.name);
  await stopWriters(writers);
  await network.cut();
  await assert.rejects(startWriters(writers, say), {
    message: /^jobs-1 cannot be started: network \S+ not found$/,
  });
  assert.deepEqual(await project.states(), { app: "running", jobs: "exited" });
});

test("what a restore that was killed has stopped is found, and what runs once for a release is not", async (t) => {
  const project = await IdleProject.make(t);
  const app = await project.start("app", "--restart", "unless-stopped");
  const migrate = await project.start("migrate");
  await run("docker", ["stop", app, migrate]);
  assert.deepEqual(
    (await stoppedWriters(project.name)).map(({ service }) => service),
    ["app"],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { listContainers } from "../stack/containers.ts";
import { JobsSwap } from "./jobs-swap.ts";
import { IdleProject } from "./testing.ts";

const planOf = async ({ name }: IdleProject) => ({
  ...{ same: [], stopped: [], leaving: [], keepsImage: false },
  changed: await listContainers(name),
});

test("jobs that cannot be stopped are not run twice: no new ones start", async (t) => {
  const project = await IdleProject.make(t);
  await project.refuseToStop(t, await project.start("jobs"));
  const made = new Set<string>();
  const swap = new JobsSwap(project.stack, made);
  const replacing = swap.replace(
    await planOf(project),
    () => {},
    () => {},
  );
  await assert.rejects(replacing, /the same work twice: jobs-1 cannot be stopped: .*denied/);
  assert.deepEqual([await project.states(), made.size], [{ jobs: "running" }, 0]);
});

test("jobs that do not start again after a refused release are named", async (t) => {
  const project = await IdleProject.make(t);
  const network = await project.startOnNetwork("jobs");
  const swap = new JobsSwap(project.stack, new Set());
  const interrupted = () => {
    throw new Error("interrupted");
  };
  await assert.rejects(
    swap.replace(await planOf(project), () => {}, interrupted),
    /interrupted/,
  );
  assert.deepEqual(await project.states(), { jobs: "exited" });
  await network.cut();
  assert.match((await swap.withdraw()).join(), /^jobs-1 cannot be started: .*network/);
});

test("jobs that a refused release has ended run again", async (t) => {
  const project = await IdleProject.make(t);
  await project.start("jobs");
  const swap = new JobsSwap(project.stack, new Set());
  const interrupted = () => {
    throw new Error("interrupted");
  };
  await assert.rejects(
    swap.replace(await planOf(project), () => {}, interrupted),
    /interrupted/,
  );
  assert.deepEqual(await swap.withdraw(), []);
  assert.deepEqual(await project.states(), { jobs: "running" });
});

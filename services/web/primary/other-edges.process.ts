import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isLate } from "@gatehouse/telemetry/testing";
import { startEdgeProcess, temporaryFolder } from "../testing/edge-process.ts";

/** Milliseconds on a quiet machine: docs/edge.md says ten seconds. */
const NOTICED = 10_500;

test("an edge logs that another one is frozen, and that it runs again; the frozen one logs neither", async (t) => {
  const folder = await temporaryFolder(t);
  const own = await temporaryFolder(t);
  const [one, two] = ["one", "two"].map((name) =>
    startEdgeProcess(
      t,
      "--https=off",
      "--edges=2",
      `--control-folder=${folder}`,
      `--control-socket=${join(own, name)}`,
    ),
  );
  assert.ok(one && two);
  await Promise.all([one.ready(), two.ready()]);
  const since = performance.now();
  two.child.kill("SIGSTOP");
  try {
    const line = await one.message("edges are frozen: their share of the connections waits");
    assert.ok(!isLate(since, NOTICED), `after ${performance.now() - since} ms`);
    assert.deepEqual([line.from, line.to], [0, 1]);
  } finally {
    two.child.kill("SIGCONT");
  }
  await one.message("edges run again");
  const about = ({ message }: { message?: unknown }) => String(message).startsWith("edges ");
  assert.deepEqual(two.lines.filter(about), []);
});

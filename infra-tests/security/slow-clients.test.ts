import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { call } from "../stack/http.ts";
import { tails } from "../stack/logs.ts";
import { useStack } from "../stack/shared-stack.ts";
import { type Attack, SlowHttpTest } from "./slowhttptest.ts";

const FILE = "slow-readers.3f2a9c1b.js";
const FILE_BYTES = 1_500_000;
const SECONDS = 45;

const ATTACKS: readonly Attack[] = [
  { name: "heads that never end (-H)", path: "/", options: ["-H", "-i", "10", "-x", "24"] },
  {
    name: "bodies that never end (-B)",
    path: "/",
    options: ["-B", "-i", "10", "-s", "8192", "-x", "10", "-t", "POST"],
  },
  {
    name: "thousands of ranges (-R)",
    path: `/assets/${FILE}`,
    options: ["-R", "-t", "HEAD", "-a", "10", "-b", "3000"],
  },
  {
    name: "responses that are hardly read (-X)",
    path: `/assets/${FILE}`,
    options: ["-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"],
  },
];

const stack = await useStack("examples/echo.ts");
const { http } = await stack.addresses();
const tool = await SlowHttpTest.make(stack);
await putFile();

/** Puts a file that is worth reading slowly into the volume of assets. */
async function putFile(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-slow-"));
  await writeFile(join(folder, FILE), "/* slow */".padEnd(FILE_BYTES), { mode: 0o644 });
  const { id } = await stack.container("assets");
  await promisify(execFile)("docker", ["cp", join(folder, FILE), `${id}:/srv/assets/${FILE}`]);
  await rm(folder, { recursive: true });
}

/** Other clients: one request after the other to the application, until the signal. */
async function visit(until: AbortSignal): Promise<number[]> {
  const durations: number[] = [];
  while (!until.aborted) {
    const begun = performance.now();
    const { status } = await call(`${http}/`);
    assert.equal(status, 200, await tails(stack, "web"));
    durations.push(performance.now() - begun);
    await pause(50);
  }
  return durations.toSorted((one, other) => one - other);
}

for (const attack of ATTACKS) {
  test(`a thousand connections with ${attack.name} do not delay other clients`, async (t) => {
    const over = new AbortController();
    const visitors = visit(over.signal);
    const seconds = await tool.run(attack, SECONDS).finally(() => over.abort());
    const durations = await visitors;
    const slowest = durations.at(-1) ?? Number.POSITIVE_INFINITY;
    const median = durations[durations.length >> 1] ?? 0;
    const most = Math.max(...seconds.map(({ connected }) => connected));
    t.diagnostic(
      `${seconds.length} s, up to ${most} open, ${seconds.at(-1)?.closed} closed; ` +
        `${durations.length} responses to others: median ${median.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms`,
    );
    assert.ok(seconds.length > 3, "the attack took place");
    const unavailable = seconds.filter(({ available }) => !available);
    assert.deepEqual(unavailable, [], "service available throughout");
    assert.ok(slowest < 1000, `the slowest response took ${slowest.toFixed(0)} ms`);
  });
}

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, startUpstream } from "../testing/edge.ts";
import { startEdgeProcess, temporaryFolder } from "../testing/edge-process.ts";

/** Throws outside of any request, `times` times in each process that loads it. */
const siteThatThrows = (times: number) => `
const route = { prefix: "/", name: "all", body: "stream", continues: "edge", cache: false,
  timeouts: {}, bodyLimit: undefined, rate: undefined };
export function site() {
  for (let count = 0; count < ${times}; count++) {
    setTimeout(() => { throw new Error("a mistake in a timer"); }, 300);
  }
  return { files: [], internal: [], routes: [route], headers: {} };
}
`;

async function start(t: Parameters<typeof startUpstream>[0], times: number) {
  const site = join(await temporaryFolder(t), "site.ts");
  await writeFile(site, siteThatThrows(times));
  const held = Promise.withResolvers<() => void>();
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => {
      response.write("begun,");
      held.resolve(() => response.end("ended"));
    },
    undefined,
  );
  const edge = startEdgeProcess(
    t,
    `--site=${site}`,
    "--https=off",
    `--upstream=${upstream.address}:${upstream.port}`,
    `--upstream-admin-port=${upstream.adminPort}`,
  );
  const { http } = await edge.ready();
  return { edge, url: `http://127.0.0.1:${http}/`, end: async () => (await held.promise)() };
}

test("an uncaught exception is logged, and ends no request and no worker", async (t) => {
  const { edge, url, end } = await start(t, 1);
  const response = await fetch(url);
  const { error } = await edge.message("uncaught exception");
  assert.match(JSON.stringify(error), /a mistake in a timer.*site\.ts/s);
  await end();
  assert.equal(await response.text(), "begun,ended");
  assert.ok(!edge.lines.some(({ message }) => message === "worker died"));
});

test("a worker that throws again and again is replaced, and finishes what it has begun", async (t) => {
  const { edge, url, end } = await start(t, 5);
  const response = await fetch(url);
  const unfit = await edge.message("worker unfit: another one takes its place");
  await end();
  assert.equal(await response.text(), "begun,ended");
  await eventually(
    async () => isRunning(Number(unfit.pid)),
    (running) => !running,
  );
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

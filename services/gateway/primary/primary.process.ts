import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startGateway, verb, writeModules } from "../testing/gateway-process.ts";

/** Sends the primary unknown messages, defines an invalid metric, and dies on request. */
const UNRULY = `export default {
  startup({ metrics }) {
    for (const words of [null, 0, "ready", [], { type: "?" }]) process.send(words);
    metrics.registerMetric({
      name: "odd", help: "odd", type: "counter", aggregator: "sum", collect() {},
      get: async () => ({ name: "odd", help: "odd", type: "counter", aggregator: "none such",
        values: [{ value: 1, labels: {} }] }),
    });
  },
  fetch(request) {
    if (new URL(request.url).pathname === "/die") process.exit(9);
    process.send({ type: "metrics", metrics: [null] });
    return new Response("ok");
  },
};`;

test("no message of a worker can end the primary", async (t) => {
  const app = join(await writeModules(t, { "unruly.mjs": UNRULY }), "unruly.mjs");
  const gateway = startGateway(t, app, "--workers=1");
  const [url, admin] = [await gateway.ready(), await gateway.admin()];
  assert.equal(await (await fetch(url)).text(), "ok");
  await fetch(`${admin}/metrics`);
  await assert.rejects(fetch(`${url}/die`));
  await gateway.ready(2);
  assert.equal(await (await fetch(url)).text(), "ok");
  assert.equal((await verb(gateway, "status")).code, 0);
});

test("a primary whose standard error has no reader any more keeps running", async (t) => {
  const app =
    'export default { fetch() { process.stderr.write("words"); return new Response("ok"); } };';
  const folder = await writeModules(t, { "talks.mjs": app });
  const gateway = startGateway(t, join(folder, "talks.mjs"), "--workers=1");
  const url = await gateway.ready();
  gateway.child.stderr?.destroy();
  assert.equal(await (await fetch(url)).text(), "ok");
  // The end of a worker waits for its standard error.
  assert.equal((await verb(gateway, "reload")).code, 0);
  assert.equal(await (await fetch(url)).text(), "ok");
});

test("a primary that can start no process, nor accept, keeps running until it can", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1");
  const url = await gateway.ready();
  const pid = gateway.child.pid ?? 0;
  const open = readdirSync(`/proc/${pid}/fd`).length;
  const limit = (files: number) =>
    execFileSync("prlimit", [`--pid=${pid}`, `--nofile=${files}:4096`]);
  const worker = Number((await gateway.line(({ to }) => to === "ready")).pid);
  limit(open);
  process.kill(worker, "SIGKILL");
  await gateway.line(({ message }) => message === "worker died", 2);
  await assert.rejects(fetch(url, { signal: AbortSignal.timeout(300) }));
  limit(1024);
  await gateway.ready(2);
  assert.equal((await fetch(url)).status, 200);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { startGateway } from "../testing/gateway-process.ts";
import { PATIENT } from "../testing/steady-load.ts";

test("a worker in while (true) is replaced within 2 s of its timeout, its stack in the log, others unharmed", async (t) => {
  const timeout = stretched(2);
  const gateway = startGateway(t, "troubled.ts", "--workers=2", `--timeout=${timeout}`);
  const started = Date.now();
  const url = await gateway.ready(2);
  const began = Date.now();
  const start = began - started;
  const spinning = await fetch(`${url}/spin-after-head`);
  const durations: number[] = [];
  const asked: Promise<void>[] = [];
  const ask = async () => {
    const sent = performance.now();
    await (await fetch(url, { headers: { connection: "close" } })).text();
    durations.push(performance.now() - sent);
  };
  const asking = setInterval(() => asked.push(ask()), stretched(10));
  const stuck = await gateway.line(({ message }) => message === "worker is stuck");
  await gateway.ready(3);
  const replacedIn = Date.now() - began;
  clearInterval(asking);
  await assert.rejects(spinning.text());
  await Promise.all(asked);
  assert.match(String(stuck.stack), /^at spin \(.*fixtures\/troubled\.ts:7:3\)/);
  const died = await gateway.line(({ message }) => message === "worker died");
  assert.deepEqual([died.pid, died.cause], [stuck.pid, "stuck"]);
  assert.ok(
    replacedIn < timeout * 1000 + Math.max(stretched(2000), 2 * start),
    `replaced in ${replacedIn} ms`,
  );
  const sorted = durations.sort((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  t.diagnostic(`replaced in ${replacedIn} ms; p99 of ${sorted.length} others ${p99.toFixed()} ms`);
  assert.ok(sorted.length > 100);
  assert.ok(p99 < stretched(500), `p99 ${p99} ms`);
});

test("a spinning worker ends within a second of its primary being killed", async (t) => {
  const gateway = startGateway(t, "troubled.ts", "--workers=2");
  const url = await gateway.ready(2);
  const spinning = await fetch(`${url}/spin-after-head`);
  // The workers hold the other end of the pipe: it closes when the last of them has gone.
  const closed = once(gateway.child.stdout ?? process.stdin, "close", {
    signal: AbortSignal.timeout(stretched(1000)),
  });
  gateway.child.kill("SIGKILL");
  await closed;
  await assert.rejects(spinning.text());
});

test("a connection that a stuck worker never took is served by another", async (t) => {
  const flags = ["--workers=1", `--timeout=${stretched(1)}`, ...PATIENT];
  const gateway = startGateway(t, "troubled.ts", ...flags);
  const url = await gateway.ready();
  const spinning = await fetch(`${url}/spin-after-head`);
  const response = await fetch(url, { headers: { connection: "close" } });
  assert.equal(response.status, 200);
  await assert.rejects(spinning.text());
});

test("a boot that hangs tells where, too", async (t) => {
  const flags = ["--workers=1", `--boot-timeout=${stretched(5000)}`];
  const gateway = startGateway(t, "hangs.ts", ...flags);
  const slow = await gateway.line(({ message }) => message === "worker is too slow to start");
  assert.match(String(slow.stack), /^at startup \(.*fixtures\/hangs\.ts:\d+:\d+\)/);
});

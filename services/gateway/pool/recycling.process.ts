import assert from "node:assert/strict";
import { test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { type GatewayProcess, type Line, startGateway } from "../testing/gateway-process.ts";
import { PATIENT, SteadyLoad } from "../testing/steady-load.ts";

/** How many workers were alive at most, and how many served at least, by the log. */
function extremes(lines: readonly Line[], size: number) {
  let [ready, alive, least, most] = [0, 0, size, 0];
  let whole = false;
  for (const { message, from, to } of lines) {
    if (message !== "worker state") continue;
    if (to === "ready") ready++;
    if (to === "ready") alive++;
    if (from === "ready") ready--;
    if (to === "dead") alive--;
    whole ||= ready === size;
    if (whole) least = Math.min(least, ready);
    most = Math.max(most, alive);
  }
  return { least, most };
}

async function untilRetired(gateway: GatewayProcess, reason: RegExp, times: number): Promise<void> {
  const retires = ({ message, reason: why }: Line) =>
    message === "worker retires" && reason.test(String(why));
  await gateway.line(retires, times);
  await gateway.line(({ to }) => to === "dead", times);
}

test("workers are recycled after their requests: the next is ready first, never two at once", async (t) => {
  const flags = ["--workers=2", "--max-requests=100", "--max-requests-jitter=20", ...PATIENT];
  const gateway = startGateway(t, "listener.ts", ...flags);
  const url = await gateway.ready(2);
  const load = new SteadyLoad(t, Number(new URL(url).port));
  await untilRetired(gateway, /^1\d\d requests$/, 4);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual(extremes(gateway.lines, 2), { least: 2, most: 3 });
});

test("a worker that stays too large is recycled", async (t) => {
  const flags = ["--workers=1", "--max-rss=300", `--timeout=${stretched(1)}`];
  const gateway = startGateway(t, "troubled.ts", ...flags);
  const url = await gateway.ready();
  const before = await (await fetch(url)).text();
  await fetch(`${url}/grow?mib=300`, { headers: { connection: "close" } });
  await untilRetired(gateway, /^[345]\d\d MiB$/, 1);
  const after = await (await fetch(url, { headers: { connection: "close" } })).text();
  assert.notEqual(after, before);
  assert.deepEqual(extremes(gateway.lines, 1), { least: 1, most: 2 });
});

test("a worker that has lived long enough is recycled", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1", "--max-lifetime=1");
  const url = await gateway.ready();
  await untilRetired(gateway, /^lifetime$/, 1);
  assert.equal((await fetch(url)).status, 200);
});

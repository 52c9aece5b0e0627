import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { type GatewayProcess, startGateway } from "../testing/gateway-process.ts";

test("a stuck worker does not keep /metrics waiting, and what the dead had counted stays", async (t) => {
  const timeout = stretched(3);
  const gateway = startGateway(t, "troubled.ts", "--workers=2", `--timeout=${timeout}`);
  const [url, admin] = [await gateway.ready(2), await gateway.admin()];
  const once = { headers: { connection: "close" } };
  const responses = async () => {
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    return Number(/gateway_requests_total\{status="2xx"\} (\d+)/.exec(metrics)?.[1]);
  };
  for (let request = 0; request < 6; request++) await (await fetch(url, once)).text();
  assert.equal(await responses(), 6);
  const spun = assert.rejects(fetch(`${url}/spin`, once));
  await fetch(url, once);
  const asked = performance.now();
  assert.equal(await responses(), 7);
  const took = performance.now() - asked;
  t.diagnostic(`/metrics beside a stuck worker took ${took.toFixed()} ms`);
  assert.ok(took < (timeout * 1000) / 2, `${took} ms`);
  await spun;
  await gateway.ready(3);
  assert.equal(await responses(), 7);
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  assert.match(metrics, /gateway_worker_ends_total\{cause="stuck"\} 1/);
  assert.match(metrics, /gateway_workers\{state="ready"\} 2/);
});

test("scrapes leave nothing behind in the primary", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1");
  await gateway.ready();
  const admin = await gateway.admin();
  for (let scrape = 0; scrape < 20; scrape++) await (await fetch(`${admin}/metrics`)).text();
  gateway.child.kill("SIGTERM");
  await gateway.exited;
  assert.doesNotMatch(gateway.stderr, /MaxListenersExceededWarning/);
});

test("/livez turns red when workers only crash, not while one of them serves", async (t) => {
  const livez = async (gateway: GatewayProcess) => fetch(`${await gateway.admin()}/livez`);
  const sound = startGateway(t, "listener.ts", "--workers=1");
  await sound.ready();
  const looping = startGateway(t, "broken.ts", "--workers=1", "--timeout=1", "--boot-timeout=4000");
  assert.equal((await livez(looping)).status, 200);
  let response = await livez(looping);
  while (response.status === 200) response = await livez(looping);
  assert.match(await response.text(), /^no worker has made progress for \d+ s\n$/);
  assert.equal((await livez(sound)).status, 200);
});

test("a drain closes the kept connections of checks: a web server notices it before its next check", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1", "--lame-duck=60000");
  await gateway.ready();
  const admin = await gateway.admin();
  const kept = connect(Number(new URL(admin).port), "127.0.0.1");
  kept.write("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(kept, "data");
  gateway.child.kill("SIGTERM");
  await once(kept.resume(), "end");
  assert.equal(await (await fetch(`${admin}/readyz`)).text(), "draining\n");
  // The second one ends the lame-duck time.
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
});

test("readiness follows the quorum", async (t) => {
  const flags = ["--workers=2", "--quorum=100"];
  const gateway = startGateway(t, "troubled.ts", ...flags);
  const [url, admin] = [await gateway.ready(2), await gateway.admin()];
  const readyz = async () => (await fetch(`${admin}/readyz`)).text();
  assert.equal(await readyz(), "ready\n");
  await assert.rejects(fetch(`${url}/exit?code=1`));
  await gateway.line(({ message }) => message === "worker died");
  assert.equal(await readyz(), "starting\n");
  await gateway.ready(3);
  assert.equal(await readyz(), "ready\n");
});

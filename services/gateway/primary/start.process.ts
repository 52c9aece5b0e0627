import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { startGateway, temporaryFolder, verb } from "../testing/gateway-process.ts";

test("a port that is taken ends the gateway, and the log says which error it was", async (t) => {
  const other = createServer().listen(0);
  t.after(() => other.close());
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const gateway = startGateway(t, "listener.ts", "--workers=1", `--port=${port}`);
  const failed = await gateway.line(({ message }) => message === "the port cannot be opened");
  assert.match(String(failed.reason), /EADDRINUSE/);
  assert.deepEqual(await gateway.exited, [1, null]);
});

test("an admin port that is taken does so too, before a worker starts", async (t) => {
  const other = createServer().listen(0);
  t.after(() => other.close());
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const gateway = startGateway(t, "listener.ts", "--workers=1", `--admin-port=${port}`);
  const failed = await gateway.line(({ message }) => message === "the gateway cannot start");
  assert.match(String(failed.reason), /EADDRINUSE/);
  assert.deepEqual(await gateway.exited, [1, null]);
  assert.ok(!gateway.lines.some(({ to }) => to === "ready"));
});

test("the status is that of the running gateway, and of its workers", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=2");
  const url = await gateway.ready(2);
  const admin = await gateway.admin();
  const status = JSON.parse(await (await fetch(`${admin}/status`)).text());
  const { workers, uptime_s, app, ...rest } = status;
  assert.deepEqual(rest, {
    state: "ready",
    pid: gateway.child.pid,
    port: Number(new URL(url).port),
    generation: 1,
    size: 2,
    waiting: 0,
  });
  assert.match(app, /listener\.ts$/);
  assert.ok(uptime_s >= 0 && uptime_s < 3600, `up for ${uptime_s} s`);
  assert.equal(workers.length, 2);
  const starts = await gateway.line(({ message }) => message === "gateway starts");
  assert.deepEqual([starts.workers, starts.control], [2, gateway.controlSocket]);
  assert.equal(JSON.parse((await verb(gateway, "status")).stdout).pid, gateway.child.pid);
});

test("a reload takes the number of workers from the configuration anew", async (t) => {
  const config = join(temporaryFolder(t), "gateway.config.ts");
  const write = (workers: number) =>
    writeFileSync(config, `export default { workers: ${workers} };`);
  write(1);
  const gateway = startGateway(t, "listener.ts", `--config=${config}`);
  await gateway.ready();
  for (const [workers, before] of [
    [3, 1],
    [1, 3],
  ] as const) {
    write(workers);
    assert.equal((await verb(gateway, "reload")).code, 0);
    const { size, workers: running } = JSON.parse((await verb(gateway, "status")).stdout);
    assert.deepEqual([size, running.length], [workers, workers], `from ${before}`);
  }
  // What the operator chose stays as long as the configuration does.
  assert.equal((await verb(gateway, "scale", "2")).code, 0);
  assert.equal((await verb(gateway, "reload")).code, 0);
  const resized = gateway.lines.filter(({ message }) => message === "pool resized");
  assert.deepEqual(
    resized.map(({ from, to }) => [from, to]),
    [
      [1, 2],
      [2, 3],
      [3, 2],
      [2, 1],
      [1, 2],
    ],
  );
  const metrics = await (await fetch(`${await gateway.admin()}/metrics`)).text();
  assert.match(metrics, /^gateway_reloads_total\{[^}]*"done"[^}]*\} 3$/m);
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.ok(!gateway.lines.some(({ message }) => message === "hook failed"), "there is no hook");
});

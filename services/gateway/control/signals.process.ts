import assert from "node:assert/strict";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startGateway, temporaryFolder } from "../testing/gateway-process.ts";

test("TTIN adds a worker, TTOU retires one, and never the last", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1");
  await gateway.ready();
  const resized = async (nth: number) => {
    const { from, to } = await gateway.line(({ message }) => message === "pool resized", nth);
    return [from, to];
  };
  gateway.child.kill("SIGTTIN");
  assert.deepEqual(await resized(1), [1, 2]);
  gateway.child.kill("SIGTTOU");
  assert.deepEqual(await resized(2), [2, 1]);
  gateway.child.kill("SIGTTOU");
  await gateway.line(({ signal }) => signal === "SIGTTOU", 2);
  gateway.child.kill("SIGTTIN");
  assert.deepEqual(await resized(3), [1, 2]);
});

test("a second TTIN while the first one's worker still starts adds another worker", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1");
  await gateway.ready();
  for (const nth of [1, 2]) {
    gateway.child.kill("SIGTTIN");
    await gateway.line(({ signal }) => signal === "SIGTTIN", nth);
  }
  await gateway.ready(3);
});

test("HUP reloads, and USR2, which upgrades gunicorn, changes nothing", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1");
  const url = await gateway.ready();
  gateway.child.kill("SIGUSR2");
  const useless = await gateway.line(({ message }) => message === "signal without effect");
  assert.match(String(useless.reason), /no upgrade of the primary in place/);
  gateway.child.kill("SIGHUP");
  const { generation } = await gateway.line(({ message }) => message === "reload done");
  assert.equal(generation, 2);
  assert.equal((await fetch(url)).status, 200);
});

test("USR1 opens the access log anew, so that it can be rotated", async (t) => {
  const log = join(temporaryFolder(t), "access.log");
  const gateway = startGateway(t, "listener.ts", "--workers=2", `--access-log=${log}`);
  const url = await gateway.ready(2);
  const until = async (path: string, words: string) => {
    while (!readFileOr(path, "").includes(words)) await fetch(`${url}/${words}`);
  };
  await until(log, "before");
  renameSync(log, `${log}.1`);
  await until(`${log}.1`, "moved");
  gateway.child.kill("SIGUSR1");
  await until(log, "after");
  const line = JSON.parse(readFileSync(log, "utf8").split("\n")[0] ?? "");
  assert.deepEqual([line.tier, line.message, line.status], ["gateway", "access", 200]);
  assert.ok(!gateway.lines.some(({ message }) => message === "access"));
});

function readFileOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { eventually, startNameServer, startUpstream } from "../testing/edge.ts";
import { startEdgeProcess, temporaryFolder } from "../testing/edge-process.ts";

const MAIN = join(import.meta.dirname, "../main.ts");

test("a new canary begins at zero, also where a worker that counted for another one has ended", async (t) => {
  const running = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  const failing = await startUpstream(
    t,
    "127.0.0.3",
    (_, response) => response.writeHead(500).end(),
    running,
  );
  const control = `--control-socket=${join(await temporaryFolder(t), "control.sock")}`;
  const edge = startEdgeProcess(
    t,
    ...["--https=off", control, "--resolve-interval=100"],
    `--upstream=app:${running.port}`,
    `--upstream-admin-port=${running.adminPort}`,
    `--name-server=${await startNameServer(t, [running.address], [failing.address])}`,
  );
  const { http, admin } = await edge.ready();
  const verb = (...words: string[]) =>
    promisify(execFile)(process.execPath, [MAIN, ...words, control]);
  const status = async () =>
    (await fetch(`http://127.0.0.1:${http}/`).catch(() => undefined))?.status;
  const failures = async () => {
    const page = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
    return Number(/^web_canary_requests_total.*status="5xx".* (\d+)$/m.exec(page)?.[1] ?? 0);
  };
  const state = async (): Promise<{ workers: { pid: number }[] }> =>
    JSON.parse((await verb("status")).stdout);
  await verb("canary", "100");
  await eventually(status, (found) => found === 500);
  for (let sent = 0; sent < 5; sent++) assert.equal(await status(), 500);
  const counted = await failures();
  assert.ok(counted >= 6, String(counted));
  const [worker] = (await state()).workers;
  process.kill(worker?.pid ?? 0, "SIGKILL");
  await edge.message("worker died");
  await eventually(status, (found) => found === 500);
  // They belong to the canary that is still there.
  assert.ok((await failures()) > counted);
  await verb("canary", "0");
  await verb("canary", "100");
  assert.equal(await failures(), 0);
});

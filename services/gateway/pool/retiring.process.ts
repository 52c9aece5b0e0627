import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
  verb,
} from "../testing/gateway-process.ts";

test("a worker that does not finish in the graceful time is killed, and its place is not filled", async (t) => {
  const flags = ["--workers=1", "--graceful-timeout=300", "--lame-duck=0"];
  const gateway = startGateway(t, "troubled.ts", ...flags);
  const url = await gateway.ready();
  const response = await fetch(`${url}/wait?ms=600000`);
  const cut = assert.rejects(response.text());
  assert.equal((await verb(gateway, "reload")).code, 0);
  await cut;
  const retires = await gateway.line(({ message }) => message === "worker retires");
  assert.equal(retires.reason, "reload");
  const died = await gateway.line(({ cause }) => cause === "graceful timeout");
  assert.equal(died.pid, retires.pid);
  assert.equal(died.replaced_in_ms, undefined, "the new one had been ready before");
  const { workers, generation } = JSON.parse((await verb(gateway, "status")).stdout);
  assert.equal(workers.length, 1);
  assert.notEqual(workers[0].pid, died.pid);
  assert.deepEqual([generation, workers[0].generation], [2, 2]);
});

/** An application whose second worker, and every later one, starts only once the file exists. */
const heldBack = (first: string, go: string) => `
  import { existsSync, mkdirSync } from "node:fs";
  try { mkdirSync(${JSON.stringify(first)}); } catch {
    while (!existsSync(${JSON.stringify(go)})) await new Promise((soon) => setTimeout(soon, 20));
  }
  export default (_, response) => response.end("ok");`;

/** Whether a worker is starting. */
async function isStarting(gateway: GatewayProcess): Promise<boolean> {
  const { workers } = JSON.parse((await verb(gateway, "status")).stdout);
  return workers.some(({ state }: { state: string }) => state === "starting");
}

test("a worker that dies while the next one of a reload starts is replaced, and none too many", async (t) => {
  const folder = temporaryFolder(t);
  const app = join(folder, "app.mjs");
  const go = join(folder, "go");
  writeFileSync(app, 'export default (_, response) => response.end("ok");');
  const gateway = startGateway(t, app, "--workers=2");
  await gateway.ready(2);
  writeFileSync(app, heldBack(folder, go));
  const before = JSON.parse((await verb(gateway, "status")).stdout).workers;
  const reloaded = verb(gateway, "reload");
  await gateway.line(({ message }) => message === "reload begins");
  while (!(await isStarting(gateway)));
  // The last one: the first is being replaced.
  process.kill(before[1].pid, "SIGKILL");
  const died = await gateway.line(({ message }) => message === "worker died");
  assert.equal(typeof died.replaced_in_ms, "number");
  writeFileSync(go, "");
  assert.equal((await reloaded).code, 0);
  const { workers } = JSON.parse((await verb(gateway, "status")).stdout);
  assert.deepEqual(
    workers.map(({ state, generation }: { state: string; generation: number }) => [
      state,
      generation,
    ]),
    [
      ["ready", 2],
      ["ready", 2],
    ],
  );
});

test("a new worker that does not start is not replaced: the old one still serves", async (t) => {
  const app = join(temporaryFolder(t), "app.mjs");
  writeFileSync(app, 'export default (_, response) => response.end("old");');
  const gateway = startGateway(t, app, "--workers=1");
  const url = await gateway.ready();
  writeFileSync(app, 'throw new Error("no paper");');
  assert.equal((await verb(gateway, "reload")).code, 1);
  const died = await gateway.line(({ message }) => message === "worker died");
  assert.deepEqual([died.cause, died.replaced_in_ms], ["boot failed", undefined]);
  assert.equal(await (await fetch(url)).text(), "old");
  const { workers } = JSON.parse((await verb(gateway, "status")).stdout);
  assert.deepEqual([workers.length, workers[0].state], [1, "ready"]);
});

test("a worker that has served its requests retires once the next one serves", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1", "--max-requests=1");
  const url = await gateway.ready();
  await (await fetch(url, { headers: { connection: "close" } })).text();
  const { pid, reason } = await gateway.line(({ message }) => message === "worker retires");
  assert.equal(reason, "1 requests");
  const ended = await gateway.line((line) => line.pid === pid && line.cause !== undefined);
  assert.deepEqual([ended.message, ended.level, ended.cause], ["worker ended", "info", "retired"]);
  const order = gateway.lines.flatMap(({ message, to }) =>
    to === "ready" ? ["ready"] : message === "worker retires" ? ["retires"] : [],
  );
  assert.deepEqual(order.slice(0, 3), ["ready", "ready", "retires"]);
});

test("a quick stop ends after its workers", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=2");
  await gateway.ready(2);
  gateway.child.kill("SIGQUIT");
  assert.deepEqual(await gateway.exited, [0, null]);
  const ends = gateway.lines.filter(({ message }) => /^(worker|gateway) ended$/.test(`${message}`));
  assert.deepEqual(
    ends.map(({ message, cause }) => [message, cause]),
    [
      ["worker ended", "quick stop"],
      ["worker ended", "quick stop"],
      ["gateway ended", undefined],
    ],
  );
});

test("a reload in the middle of a drain is refused, and starts nothing", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1", "--lame-duck=60000");
  await gateway.ready();
  gateway.child.kill("SIGTERM");
  await gateway.line(({ to }) => to === "draining");
  for (const words of [["reload"], ["scale", "2"]]) {
    const { code, stderr } = await verb(gateway, ...words);
    assert.deepEqual([code, stderr], [1, "the gateway is stopping\n"], words.join(" "));
  }
  const { state, size, workers } = JSON.parse((await verb(gateway, "status")).stdout);
  assert.deepEqual([state, size, workers.length], ["draining", 1, 1]);
});

test("a worker that dies during a drain is not replaced", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=2", "--lame-duck=60000");
  await gateway.ready(2);
  gateway.child.kill("SIGTERM");
  await gateway.line(({ to }) => to === "draining");
  const { pid } = await gateway.line(({ to }) => to === "ready");
  process.kill(Number(pid), "SIGKILL");
  const ended = await gateway.line(({ cause }) => cause === "signal");
  assert.equal(ended.message, "worker ended");
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.equal(gateway.lines.filter(({ to }) => to === "ready").length, 2);
});

test("an operator's kill is replaced at once, also where crashes hold the next start back", async (t) => {
  const folder = temporaryFolder(t);
  const app = join(folder, "app.mjs");
  writeFileSync(app, 'throw new Error("broken");');
  const gateway = startGateway(t, app, "--workers=2");
  await gateway.line(({ replaced_in_ms }) => Number(replaced_in_ms) >= 400);
  writeFileSync(app, 'export default (_, response) => response.end("ok");');
  await gateway.ready(2);
  const { pid } = await gateway.line(({ to }) => to === "ready");
  const go = join(folder, "go");
  writeFileSync(app, heldBack(folder, go));
  let returned = false;
  const killed = verb(gateway, "kill", String(pid)).finally(() => {
    returned = true;
  });
  while (!(await isStarting(gateway)));
  assert.equal(returned, false, "the verb waits for the next worker");
  writeFileSync(go, "");
  assert.equal((await killed).code, 0);
  const died = await gateway.line(({ cause }) => cause === "killed by the operator");
  assert.ok(Number(died.replaced_in_ms) <= 100, `after ${died.replaced_in_ms} ms`);
});

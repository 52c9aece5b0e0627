import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startGateway, temporaryFolder, verb } from "../testing/gateway-process.ts";

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
  const { code } = await verb(gateway, "kill", String(pid));
  assert.equal(code, 0);
  const died = await gateway.line(({ cause }) => cause === "killed by the operator");
  assert.ok(Number(died.replaced_in_ms) <= 100, `after ${died.replaced_in_ms} ms`);
});

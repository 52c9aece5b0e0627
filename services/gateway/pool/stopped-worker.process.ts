import assert from "node:assert/strict";
import { test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { startGateway } from "../testing/gateway-process.ts";

test("a worker that a signal has stopped is replaced when its timeout is over: nothing waits for its stack", async (t) => {
  const timeout = stretched(1);
  const gateway = startGateway(t, "troubled.ts", "--workers=1", `--timeout=${timeout}`);
  await gateway.ready();
  const { pid } = await gateway.line(
    ({ message, to }) => message === "worker state" && to === "ready",
  );
  const began = performance.now();
  process.kill(Number(pid), "SIGSTOP");
  const stuck = await gateway.line(({ message }) => message === "worker is stuck");
  assert.match(String(stuck.stack), /stopped by a signal/);
  const died = await gateway.line(({ message }) => message === "worker died");
  assert.deepEqual([died.pid, died.cause], [pid, "stuck"]);
  const took = performance.now() - began;
  assert.ok(took < timeout * 1000 + stretched(2500), `it took ${took} ms`);
});

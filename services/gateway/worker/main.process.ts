import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startGatewayIn, writeModules } from "../testing/gateway-process.ts";

/** As large as an agent for traces. */
const AGENT = "globalThis.kept = Array.from({ length: 1_000_000 }, (_, index) => ({ index }));";

test("an agent that NODE_OPTIONS preloads into every process does not end the workers", async (t) => {
  const agent = join(await writeModules(t, { "agent.cjs": AGENT }), "agent.cjs");
  const env = { NODE_OPTIONS: `--require=${agent}` };
  const gateway = startGatewayIn(env, t, "listener.ts", "--workers=1");
  await gateway.ready();
  const admin = await gateway.admin();
  const first = async () => {
    const { workers } = JSON.parse(await (await fetch(`${admin}/status`)).text());
    return workers[0];
  };
  const { pid } = await first();
  let now = { pid, age_s: 0 };
  while (now?.pid === pid && now.age_s < 2) {
    await pause(50);
    now = await first();
  }
  const died = gateway.lines.find(({ message }) => message === "worker died");
  assert.equal(died, undefined);
});

test("a signal to the whole process group ends no worker that reads its configuration", async (t) => {
  // By another process: those that a worker sends to itself are no signals from outside.
  const config = `import { execFileSync } from "node:child_process";
    if (process.send) execFileSync("kill", ["-HUP", String(process.pid)]);
    export default {};`;
  const folder = await writeModules(t, { "gateway.config.mjs": config });
  const flags = ["--workers=1", `--config=${folder}/gateway.config.mjs`];
  const gateway = startGatewayIn({}, t, "listener.ts", ...flags);
  const first = await gateway.line(({ message }) => /^worker (state|died)$/.test(String(message)));
  assert.equal(first.to, "ready");
});

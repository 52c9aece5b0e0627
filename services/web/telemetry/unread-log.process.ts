import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { causeLines, statuses, UnreadPipe } from "@gatehouse/telemetry/testing";
import echo from "../../../examples/echo.ts";
import { startUpstream } from "../testing/edge.ts";

test("an edge whose log nobody reads serves on, and ends in time", async (t) => {
  const { address, port, adminPort } = await startUpstream(t, "127.0.0.2", echo, undefined);
  const pipe = new UnreadPipe(t);
  const own = ["--host=127.0.0.1", "--http-port=0", "--admin-port=0", "--https=off"];
  const behind = [`--upstream=${address}:${port}`, `--upstream-admin-port=${adminPort}`];
  const main = join(import.meta.dirname, "../main.ts");
  const edge = spawn(process.execPath, [main, ...own, ...behind], {
    stdio: ["ignore", pipe.writeEnd, "inherit"],
  });
  t.after(() => edge.kill("SIGKILL"));
  const { ports } = await pipe.line(
    ({ message, to }) => message === "edge state" && to === "ready",
  );
  const { http, admin } = ports as { http: number; admin: number };
  await causeLines(http);
  assert.deepEqual(await statuses(http, 50), [200]);
  const signal = AbortSignal.timeout(5000);
  assert.equal((await fetch(`http://127.0.0.1:${admin}/metrics`, { signal })).status, 200);
  const ended = once(edge, "exit", { signal: AbortSignal.timeout(30_000) });
  edge.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
});

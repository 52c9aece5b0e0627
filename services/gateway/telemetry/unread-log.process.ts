import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { causeLines, statuses, UnreadPipe } from "@gatehouse/telemetry/testing";
import { exampleModule, temporaryFolder } from "../testing/gateway-process.ts";

test("a gateway whose log nobody reads serves on, and ends in time", async (t) => {
  const pipe = new UnreadPipe(t);
  const own = ["--host=127.0.0.1", "--port=0", "--admin-port=0", "--workers=1", "--lame-duck=200"];
  const main = join(import.meta.dirname, "../main.ts");
  const gateway = spawn(process.execPath, [main, exampleModule("echo.ts"), ...own], {
    stdio: ["ignore", pipe.writeEnd, "inherit"],
    cwd: temporaryFolder(t),
  });
  t.after(() => gateway.kill("SIGKILL"));
  const { port } = await pipe.line(({ to }) => to === "ready");
  await causeLines(Number(port));
  assert.deepEqual(await statuses(Number(port), 50), [200]);
  const ended = once(gateway, "exit", { signal: AbortSignal.timeout(30_000) });
  gateway.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
});

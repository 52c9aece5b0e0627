import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { exampleModule, startGateway, temporaryFolder } from "../testing/gateway-process.ts";

const run = promisify(execFile);

/** Not among the process tests: Next takes 340 MB to install, and a minute to build. */
test("Next's standalone server runs in two workers as it was built", async (t) => {
  const folder = join(temporaryFolder(t), "next");
  await cp(exampleModule("next"), folder, { recursive: true });
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  await run("npm", ["install", "--no-audit", "--no-fund"], { cwd: folder, env });
  await run("npm", ["run", "build"], { cwd: folder, env });
  const gateway = startGateway(t, join(folder, ".next/standalone/server.js"), "--workers=2");
  const url = await gateway.ready(2);
  const page = await (await fetch(url)).text();
  assert.match(page, /Next in the gateway/);
  const [, script = ""] = /src="(\/_next\/static\/[^"]+)"/.exec(page) ?? [];
  assert.equal((await fetch(url + script)).status, 200, script);
  const time: unknown = await (await fetch(`${url}/api/time`)).json();
  assert.ok(typeof time === "object" && time !== null && "now" in time);
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { startGatewayIn } from "../testing/gateway-process.ts";

const troubles: [string, string, object][] = [
  ["an exit code", "/exit?code=9", { cause: "exit code", code: 9, signal: null }],
  ["a signal", "/signal", { cause: "signal", code: null, signal: "SIGSEGV" }],
  ["a full heap", "/heap", { cause: "out of memory", code: null, signal: "SIGABRT" }],
  ["an uncaught error", "/later", { cause: "exit code", code: 1, signal: null }],
];

for (const [what, path, expected] of troubles) {
  test(`${what}: the log says so, and the other workers keep serving`, async (t) => {
    const env = { NODE_OPTIONS: "--max-old-space-size=64" };
    const gateway = startGatewayIn(env, t, "troubled.ts", "--workers=2");
    const url = await gateway.ready(2);
    await assert.rejects(fetch(`${url}${path}`));
    const died = await gateway.line(({ message }) => message === "worker died");
    const { cause, code, signal } = died;
    assert.deepEqual({ cause, code, signal }, expected);
    if (path === "/later") assert.match(String(died.reason), /thrown where nobody catches/);
    assert.equal((await fetch(url)).status, 200);
    await gateway.ready(3);
  });
}

test("a crash loop backs off exponentially, and a worker's failures never end the primary", async (t) => {
  const gateway = startGatewayIn({}, t, "broken.ts", "--workers=1");
  const deaths = [];
  for (let nth = 1; nth <= 4; nth++) {
    deaths.push(await gateway.line(({ message }) => message === "worker died", nth));
  }
  assert.deepEqual(
    deaths.map(({ replaced_in_ms }) => replaced_in_ms),
    [100, 200, 400, 800],
  );
  assert.equal(gateway.child.exitCode, null);
});

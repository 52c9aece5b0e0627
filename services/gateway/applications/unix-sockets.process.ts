import assert from "node:assert/strict";
import { once } from "node:events";
import { statSync } from "node:fs";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { isLate } from "@gatehouse/telemetry/testing";
import { startGateway, startGatewayIn, verb, writeModules } from "../testing/gateway-process.ts";
import { TWO_SERVERS } from "../testing/own-servers.ts";

test("a single server on a Unix socket is the site, and the socket is there for its mode to be set", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${TWO_SERVERS}
      import { chmodSync, rmSync } from "node:fs";
      rmSync(OTHER, { force: true });
      site.listen(OTHER, () => chmodSync(OTHER, 0o666));`,
  });
  const socketPath = `${folder}/site.sock`;
  const gateway = startGatewayIn({ OTHER: socketPath }, t, `${folder}/app.mjs`, "--workers=2");
  assert.equal(await (await fetch(await gateway.ready(2))).text(), "site");
  assert.equal(statSync(socketPath).mode & 0o777, 0o666);
  const [received] = await once(get({ socketPath, agent: false }), "response");
  assert.equal(await text(received), "site");
});

test("a Unix socket that cannot be made keeps no site from being served", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${TWO_SERVERS} site.listen("/proc/nowhere/site.sock", () => console.error("listens"));`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "site");
  assert.equal(gateway.stderr, "listens\n");
});

const HOLDS_SOCKET = `${TWO_SERVERS}
  import { chmodSync } from "node:fs";
  metrics.removeAllListeners("request");
  metrics.on("request", (request, response) => response.end(String(process.pid)));
  metrics.listen(OTHER, () => chmodSync(OTHER, 0o660));
  site.listen(PORT);`;

/** Who responds on the Unix socket, or the code of the error. */
async function respondent(socketPath: string): Promise<string> {
  try {
    const [received] = await once(get({ socketPath, agent: false }), "response");
    return await text(received);
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

for (const workers of [1, 2]) {
  test(`a second server on a Unix socket outlives the worker that made it, one of ${workers}`, async (t) => {
    const folder = await writeModules(t, { "app.mjs": HOLDS_SOCKET });
    const socketPath = `${folder}/second.sock`;
    const env = { OTHER: socketPath };
    const gateway = startGatewayIn(env, t, `${folder}/app.mjs`, `--workers=${workers}`);
    await gateway.ready(workers);
    const changes = async (last: string) => {
      const since = performance.now();
      let now = last;
      while ((now === last || !/^\d+$/.test(now)) && !isLate(since, 5000)) {
        await new Promise(setImmediate);
        now = await respondent(socketPath);
      }
      assert.match(now, /^\d+$/);
      assert.notEqual(now, last);
      assert.equal(statSync(socketPath).mode & 0o777, 0o660);
      return now;
    };
    const first = await changes("");
    process.kill(Number(first), "SIGKILL");
    const second = await changes(first);
    assert.equal((await verb(gateway, "reload")).code, 0);
    const third = await changes(second);
    assert.notEqual(third, first);
  });
}

test("a second server that replaces the path of its Unix socket outlives the worker before", async (t) => {
  // What it removes at its start is the socket of the worker before; what that closes is the path of this one.
  const source = `import { rmSync } from "node:fs";
    rmSync(process.env.OTHER, { force: true });
    process.on("SIGTERM", () => metrics.close(() => process.exit()));
    ${HOLDS_SOCKET}`;
  const folder = await writeModules(t, { "app.mjs": source });
  const socketPath = `${folder}/second.sock`;
  const gateway = startGatewayIn({ OTHER: socketPath }, t, `${folder}/app.mjs`, "--workers=1");
  await gateway.ready();
  const first = await respondent(socketPath);
  assert.equal((await verb(gateway, "reload")).code, 0);
  const since = performance.now();
  let second = await respondent(socketPath);
  while (!/^\d+$/.test(second) && !isLate(since, 5000)) second = await respondent(socketPath);
  assert.match(second, /^\d+$/);
  assert.notEqual(second, first);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { readSettings } from "@gatehouse/settings";
import { webSettings } from "../settings.ts";
import { startBytes } from "../testing/upstream.ts";
import { ConnectionPool } from "./connection-pool.ts";
import type { UpstreamConnection } from "./upstream-connection.ts";

test("a request that comes while deadlines are checked leaves them one timer", async (t) => {
  const upstream = await startBytes(t, () => undefined);
  const pool = new ConnectionPool(upstream.address, {
    ...readSettings(webSettings, {}, []).values,
    upstream: `app.test:${upstream.port}`,
  });
  t.after(() => pool.destroy());
  const acquire = async () => {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamConnection>();
    const client = { client: "a", connection: {} };
    pool.acquire({ ...client, needsNew: false, connected: resolve, fail: reject });
    return await promise;
  };
  t.mock.timers.enable({ apis: ["setTimeout"] });
  pool.release(await acquire(), undefined);
  t.mock.timers.tick(20);
  await setImmediate();
  // All connections are idle: the next check is late. It begins now.
  t.mock.timers.tick(600_000);
  await acquire();
  await setImmediate();
  const timers = t.mock.method(globalThis, "setTimeout");
  for (let check = 0; check < 10; check++) {
    t.mock.timers.tick(20);
    await setImmediate();
  }
  assert.equal(timers.mock.callCount(), 10);
});

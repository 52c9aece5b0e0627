import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { until } from "../stack/deadline.ts";
import { call } from "../stack/http.ts";
import { tails } from "../stack/logs.ts";
import { useStack } from "../stack/shared-stack.ts";
import { echoOf } from "./echo.ts";
import { readdress } from "./readdress.ts";
import { Trickle } from "./trickle.ts";

const stack = await useStack("examples/echo.ts");
const { http } = await stack.addresses();
const evidence = () => tails(stack, "web", "app");

describe("the replicas and their workers", () => {
  test("all serve: two workers of each of two replicas, within 200 requests", async () => {
    const workers = new Map<string, Set<number>>();
    const all = () => workers.size === 2 && [...workers.values()].every(({ size }) => size >= 2);
    // With bodies, so that they run at the same time: one after the other they would all use one kept
    // connection, and so one worker.
    const upload = { method: "POST", body: Buffer.alloc(256 * 1024) };
    for (let sent = 0; sent < 200 && !all(); sent += 20) {
      const responses = await Promise.all(
        Array.from({ length: 20 }, () => call(`${http}/headers`, upload)),
      );
      for (const { replica, worker } of responses.map(echoOf)) {
        workers.set(replica, (workers.get(replica) ?? new Set()).add(worker));
      }
    }
    assert.ok(all(), `workers by replica: ${inspect(workers)}`);
  });

  test("share the load evenly enough", async () => {
    const counts = new Map<string, number>();
    const responses = Array.from({ length: 200 }, () => call(`${http}/`));
    for (const echo of (await Promise.all(responses)).map(echoOf)) {
      counts.set(echo.replica, (counts.get(echo.replica) ?? 0) + 1);
    }
    for (const [replica, count] of counts) {
      assert.ok(count > 40, `${replica} served ${count} of 200`);
    }
    assert.equal(counts.size, 2);
  });
});

describe("a replica that comes back under a new address", () => {
  test("is used within two seconds of being ready, and no request is lost", async (t) => {
    const replica = await stack.container("app", 2);
    const trickle = new Trickle(`${http}/`, "fresh");
    t.after(() => trickle.stop());
    await using moved = await readdress(stack, replica);
    assert.notEqual(moved.to, moved.from);
    // The gateway itself: Docker's health check is later by up to its interval.
    await until(
      "the gateway of the replica is ready",
      async () => (await call(`http://${moved.to}:9200/readyz`)).status === 200,
      { within: 90_000, every: 20, evidence },
    );
    const ready = performance.now();
    await until(
      "both replicas respond",
      async () => {
        const responses = Array.from({ length: 8 }, () => call(`${http}/`));
        const echoes = (await Promise.all(responses)).map(echoOf);
        return new Set(echoes.map((echo) => echo.replica)).size === 2;
      },
      { within: 5_000, every: 20, evidence },
    );
    const found = performance.now() - ready;
    const counts = await trickle.stop();
    t.diagnostic(`${moved.from} became ${moved.to}: found ${found.toFixed(0)} ms after ready`);
    assert.deepEqual(counts.failures, {}, await evidence());
    assert.ok(found < 2_000, `found only ${found.toFixed(0)} ms after it was ready`);
  });
});

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { slowness } from "@gatehouse/telemetry/testing";
import { until } from "../stack/deadline.ts";
import { exec, healthy } from "../stack/docker.ts";
import { tails } from "../stack/logs.ts";
import { useStack } from "../stack/shared-stack.ts";
import { startSuccessor } from "../stack/side-edge.ts";
import { trafficPage } from "../stack/stories.ts";
import { type Connections, Trickle } from "./trickle.ts";

const traffic = await trafficPage();
const stack = await useStack(traffic.application);
const { http } = await stack.addresses();
/** The edge does not cache it: every request for it reaches the application. */
const page = http + traffic.page;

/** Milliseconds between two requests: 200 a second. */
const EVERY = 5;
/** Reloads for each kind of connection, alternating between the replicas. */
const RELOADS = 5;

/** Ends the load, and checks that it was 200 requests a second, fewer on a slow machine, and lost none. */
async function assertNoneLost(t: TestContext, trickle: Trickle): Promise<void> {
  const counts = await trickle.stop();
  t.diagnostic(JSON.stringify(counts));
  assert.deepEqual(counts.failures, {}, await tails(stack, "web", "app"));
  assert.equal(counts.ok, counts.sent);
  const least = 150 / slowness();
  assert.ok(counts.rate >= least && counts.rate <= 250, `the load was ${counts.rate} a second`);
}

async function more(trickle: Trickle, count: number): Promise<void> {
  const enough = trickle.ok + count;
  await until(`${count} more responses`, async () => trickle.ok >= enough, { within: 20_000 });
}

for (const connections of ["kept", "fresh"] as const satisfies Connections[]) {
  describe(`200 requests a second on ${connections} connections`, () => {
    test(`none is lost over ${RELOADS} reloads of the gateways`, async (t) => {
      const trickle = new Trickle(page, connections, EVERY);
      t.after(() => trickle.stop());
      for (let count = 0; count < RELOADS; count += 1) {
        const replica = await stack.container("app", 1 + (count % 2));
        const reload = ["node", "services/gateway/main.ts", "reload"];
        const { code, output } = await exec(replica, reload);
        assert.equal(code, 0, output);
      }
      await assertNoneLost(t, trickle);
    });

    test(`none is lost over ${RELOADS} reloads of the edge`, async (t) => {
      const edge = await stack.container("web");
      const trickle = new Trickle(page, connections, EVERY);
      t.after(() => trickle.stop());
      for (let count = 0; count < RELOADS; count += 1) {
        const { code, output } = await exec(edge, ["node", "services/web/main.ts", "reload"]);
        assert.equal(code, 0, output);
        await more(trickle, 50);
      }
      await assertNoneLost(t, trickle);
    });
  });
}

test("no request is lost while a second edge takes over from the first, and back", async (t) => {
  const edge = await stack.container("web");
  const trickle = new Trickle(page, "fresh", EVERY);
  t.after(() => trickle.stop());
  const successor = await startSuccessor(stack);
  t.after(() => successor.remove({ force: true }));
  await healthy(successor);
  await edge.stop();
  await more(trickle, 50);
  await edge.start();
  await healthy(edge);
  await successor.stop();
  await more(trickle, 50);
  await assertNoneLost(t, trickle);
});

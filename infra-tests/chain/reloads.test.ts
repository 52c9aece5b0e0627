import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { until } from "../stack/deadline.ts";
import { exec, healthy } from "../stack/docker.ts";
import { tails } from "../stack/logs.ts";
import { useStack } from "../stack/shared-stack.ts";
import { startSuccessor } from "../stack/side-edge.ts";
import { type Connections, Trickle } from "./trickle.ts";

const stack = await useStack();
const { http } = await stack.addresses();
/** A page that the edge keeps no copy of: every request for it reaches the application. */
const page = `${http}/about`;

/** One request each 5 ms: 200 a second. */
const EVERY = 5;
/** Reloads for each kind of connection, the replicas in turn: ten in all. */
const RELOADS = 5;

for (const connections of ["kept", "fresh"] as const satisfies Connections[]) {
  describe(`200 requests a second on ${connections} connections`, () => {
    test(`lose none over ${RELOADS} reloads, through the whole chain`, async (t) => {
      const trickle = new Trickle(page, connections, EVERY);
      t.after(() => trickle.stop());
      for (let count = 0; count < RELOADS; count += 1) {
        const replica = await stack.container("app", 1 + (count % 2));
        const { code, output } = await exec(replica, [
          "node",
          "services/gateway/main.ts",
          "reload",
        ]);
        assert.equal(code, 0, output);
      }
      const tally = await trickle.stop();
      t.diagnostic(JSON.stringify(tally));
      assert.deepEqual(tally.failures, {}, await tails(stack, "web", "app"));
      assert.equal(tally.ok, tally.sent);
    });

    test(`lose none over ${RELOADS} reloads of the edge`, async (t) => {
      const edge = await stack.container("web");
      const trickle = new Trickle(page, connections, EVERY);
      t.after(() => trickle.stop());
      for (let count = 0; count < RELOADS; count += 1) {
        const { code, output } = await exec(edge, ["node", "services/web/main.ts", "reload"]);
        assert.equal(code, 0, output);
        await more(trickle, 50);
      }
      const tally = await trickle.stop();
      t.diagnostic(JSON.stringify(tally));
      assert.deepEqual(tally.failures, {}, await tails(stack, "web", "app"));
      assert.equal(tally.ok, tally.sent);
    });
  });
}

test("a second edge takes the ports over from the first, and back: none is lost", async (t) => {
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
  const tally = await trickle.stop();
  t.diagnostic(JSON.stringify(tally));
  assert.deepEqual(tally.failures, {}, await tails(stack, "web", "app"));
  assert.equal(tally.ok, tally.sent);
});

async function more(trickle: Trickle, count: number): Promise<void> {
  const enough = trickle.ok + count;
  await until(`${count} more answers`, async () => trickle.ok >= enough, { within: 20_000 });
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exec } from "../stack/exec.ts";
import { tails } from "../stack/logs.ts";
import { useStack } from "../stack/shared-stack.ts";
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
  });
}

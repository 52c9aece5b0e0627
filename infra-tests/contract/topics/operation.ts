import assert from "node:assert/strict";
import { type Connections, Trickle } from "../../chain/trickle.ts";
import { until } from "../../stack/deadline.ts";
import { tails } from "../../stack/logs.ts";
import { edge, slow, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

const RELOADS = 5;
/** One request each 5 ms: 200 a second. */
const EVERY = 5;
/** How many good answers lie between two reloads. */
const BETWEEN = 100;

async function reloads(subject: Subject, connections: Connections): Promise<void> {
  const web = await subject.stack.container("web");
  const trickle = new Trickle(`${subject.http}/`, connections, EVERY);
  for (let count = 0; count < RELOADS; count += 1) {
    const before = trickle.ok;
    await until("requests are answered", async () => trickle.ok >= before + BETWEEN, {
      within: 20_000,
    });
    await web.kill({ signal: "SIGHUP" });
  }
  const last = trickle.ok;
  await until("requests are answered", async () => trickle.ok >= last + BETWEEN, {
    within: 20_000,
  });
  const tally = await trickle.stop();
  assert.deepEqual(tally.failures, {}, await tails(subject.stack, "web"));
  assert.equal(tally.ok, tally.sent);
}

export const operation: Topic = {
  name: "operation",
  rows: [
    slow(
      edge(
        "reload, fresh",
        "",
        `${RELOADS} reloads under load lose no fresh connection`,
        (subject) => reloads(subject, "fresh"),
      ),
    ),
    slow(
      edge("reload, kept", "", `${RELOADS} reloads under load lose no kept connection`, (subject) =>
        reloads(subject, "kept"),
      ),
    ),
  ],
};

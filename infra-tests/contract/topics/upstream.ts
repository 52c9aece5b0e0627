import assert from "node:assert/strict";
import { readdress } from "../../chain/readdress.ts";
import { until } from "../../stack/deadline.ts";
import { call } from "../client.ts";
import { edge, slow, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

const REQUESTS = 40;

/** Makes the second replica cut off every request for a while. */
async function withBrokenReplica(subject: Subject, work: () => Promise<void>): Promise<void> {
  await subject.witness.cutOff(2, true);
  try {
    await work();
  } finally {
    await subject.witness.cutOff(2, false);
    await bothServe(subject);
  }
}

async function bothServe(subject: Subject): Promise<void> {
  await until(
    "both replicas receive requests again",
    async () => {
      subject.witness.findAgain();
      await subject.witness.clear();
      await Promise.all(Array.from({ length: 20 }, () => call(`${subject.http}/`)));
      const counts = await subject.witness.requestsByReplica();
      return counts.length === 2 && counts.every((count) => count > 0);
    },
    { within: 20_000 },
  );
}

export const upstream: Topic = {
  name: "upstream",
  rows: [
    edge("both", "", "every replica receives requests", bothServe),
    edge("GET again", "9110 9.2.2", "a GET that a replica cuts off is sent to another", (s) =>
      withBrokenReplica(s, async () => {
        for (let count = 0; count < REQUESTS; count += 1) {
          assert.equal((await call(`${s.http}/again/${count}`)).status, 200);
        }
      }),
    ),
    edge("POST never", "9110 9.2.2", "a POST is never sent twice; it gets 502 instead", (s) =>
      withBrokenReplica(s, async () => {
        await s.witness.clear();
        const statuses = new Set<number>();
        for (let count = 0; count < REQUESTS; count += 1) {
          const target = `/once/${count}`;
          statuses.add((await call(s.http, { target, method: "POST", body: "hello" })).status);
        }
        const targets = (await s.witness.seen()).map(({ target }) => target);
        const twice = targets.filter((target, at) => targets.indexOf(target) !== at);
        assert.deepEqual(twice, []);
        for (const status of statuses) assert.ok([200, 502, 503].includes(status), `${status}`);
      }),
    ),
    slow(
      edge("killed", "", "no GET fails if a replica is killed", async (subject) => {
        const replica = await subject.stack.container("app", 2);
        const failed: number[] = [];
        await replica.kill();
        try {
          for (let count = 0; count < REQUESTS; count += 1) {
            const { status } = await call(`${subject.http}/`);
            if (status !== 200) failed.push(status);
          }
        } finally {
          await replica.start();
          await bothServe(subject);
        }
        assert.deepEqual(failed, []);
      }),
    ),
    slow(
      edge(
        "another address",
        "",
        "a replica with a new address is found, and no GET fails",
        async (s) => {
          const replica = await s.stack.container("app", 2);
          await using moved = await readdress(s.stack, replica);
          assert.notEqual(moved.to, moved.from);
          await bothServe(s);
        },
      ),
    ),
    slow(
      edge(
        "none",
        "9110 15.6.4",
        "without any replica the site responds with 502 or 503, and files are served",
        async (s) => {
          const replicas = [await s.stack.container("app", 1), await s.stack.container("app", 2)];
          await Promise.all(replicas.map((replica) => replica.kill()));
          try {
            const response = await call(`${s.http}/`, { headers: { accept: "application/json" } });
            assert.ok([502, 503].includes(response.status), `status ${response.status}`);
            assert.equal(JSON.parse(response.text).status, response.status);
            const file = await call(s.http, { target: "/assets/digits.0123456789abcdef.txt" });
            assert.equal(file.status, 200);
          } finally {
            await Promise.all(replicas.map((replica) => replica.start()));
            await bothServe(s);
          }
        },
      ),
    ),
  ],
};

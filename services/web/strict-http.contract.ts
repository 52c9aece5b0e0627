import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { type Case, CORPUS, FEEDS, feed, inParallel, judge } from "@gatehouse/http/corpus";
import { startEdge, startUpstream } from "./testing/edge.ts";

/** The requests that reached the application whole. */
let saw: string[] = [];

async function witness(request: IncomingMessage, response: ServerResponse) {
  const pieces = await request.toArray().catch(() => undefined);
  // The edge broke off a request that it had begun to pass on: nothing is answered to that.
  if (pieces === undefined) return;
  const body = Buffer.concat(pieces).toString("latin1");
  saw.push(`${request.method} ${request.url} ${body}`);
  response.end("seen\n");
}

const at = (each: Case) => each.atTheEdge ?? each;

test("the edge and HTTP's corner cases, each whole, byte by byte and in pieces", async (t) => {
  const url = await startEdge(t, await startUpstream(t, "127.0.0.2", witness, undefined), {});
  for (const [group, cases] of Object.entries(CORPUS)) {
    await t.test(`${group}: ${cases.length} cases`, async () => {
      const wrong: string[] = [];
      const run = async ({ each, cut: [how, pieces] }: (typeof runs)[number]) => {
        saw = [];
        const heard = await feed(url, pieces(each.bytes));
        const verdict = judge(at(each), heard, saw);
        if (verdict !== undefined) wrong.push(`${each.name}, ${how}: ${verdict}`);
      };
      const runs = cases.flatMap((each) => Object.entries(FEEDS).map((cut) => ({ each, cut })));
      // All connections lead into the edge's own pool: what is seen cannot be told apart by them.
      const silent = runs.filter(({ each }) => at(each).saw.length === 0);
      const seen = runs.filter(({ each }) => at(each).saw.length > 0);
      await inParallel(silent, 8, run);
      await inParallel(seen, 1, run);
      assert.deepEqual(wrong, []);
    });
  }
});

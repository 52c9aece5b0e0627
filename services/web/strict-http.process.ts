import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type TestContext, test } from "node:test";
import { type Case, CORPUS, FEEDS, feed, judge } from "@gatehouse/http/corpus";
import { startEdge, startUpstream } from "./testing/edge.ts";

/** How many cases run at a time. */
const LANES = 8;

/**
 * An edge and an application of its own for the cases that run one after the other: behind one
 * edge, whose upstream connections all cases share, no record could say whose request arrived.
 */
async function startLane(t: TestContext) {
  /** The requests that reached the application whole. */
  let saw: string[] = [];
  const witness = async (request: IncomingMessage, response: ServerResponse) => {
    const pieces = await request.toArray().catch(() => undefined);
    // The edge broke off a request that it had begun to send: no client waits for a response.
    if (pieces === undefined) return;
    const body = Buffer.concat(pieces).toString("latin1");
    saw.push(`${request.method} ${request.url} ${body}`);
    response.end("seen\n");
  };
  const url = await startEdge(t, await startUpstream(t, "127.0.0.2", witness, undefined), {});
  return async (each: Case, pieces: readonly string[]) => {
    saw = [];
    const heard = await feed(url, pieces);
    return judge(each.atTheEdge ?? each, heard, saw);
  };
}

test("the edge and HTTP's corner cases, each whole, byte by byte and in pieces", async (t) => {
  const lanes = await Promise.all(Array.from({ length: LANES }, () => startLane(t)));
  for (const [group, cases] of Object.entries(CORPUS)) {
    await t.test(`${group}: ${cases.length} cases`, async () => {
      const wrong: string[] = [];
      const runs = cases.flatMap((each) => Object.entries(FEEDS).map((cut) => ({ each, cut })));
      const left = runs.values();
      const follow = async (lane: (typeof lanes)[number]) => {
        for (const { each, cut } of left) {
          const [how, pieces] = cut;
          const verdict = await lane(each, pieces(each.bytes));
          if (verdict !== undefined) wrong.push(`${each.name}, ${how}: ${verdict}`);
        }
      };
      await Promise.all(lanes.map(follow));
      assert.deepEqual(wrong, []);
    });
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { CORPUS, FEEDS, feed, inParallel, judge } from "@gatehouse/http/corpus";
import { startGateway } from "../testing/gateway-process.ts";

test("the gateway and HTTP's corner cases, each whole, byte by byte and in pieces", async (t) => {
  const gateway = startGateway(t, "witness.ts", "--workers=1");
  const url = await gateway.ready();
  for (const [group, cases] of Object.entries(CORPUS)) {
    await t.test(`${group}: ${cases.length} cases`, async () => {
      const wrong: string[] = [];
      const runs = cases.flatMap((each) => Object.entries(FEEDS).map((cut) => ({ each, cut })));
      await inParallel(runs, 8, async ({ each, cut: [how, pieces] }) => {
        const heard = await feed(url, pieces(each.bytes));
        const seen = await fetch(`${url}/seen?port=${heard.port}`);
        const { saw } = (await seen.json()) as { saw: string[] };
        const verdict = judge(each, heard, saw);
        if (verdict !== undefined) wrong.push(`${each.name}, ${how}: ${verdict}`);
      });
      assert.deepEqual(wrong, []);
    });
  }
});

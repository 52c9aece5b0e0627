import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";

test("a replica is in the state that its /readyz sends, and down where that is no state", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  // A busy machine may take its time for a check.
  const { edge } = await runEdge(t, upstream, { checkInterval: 500 });
  // The long one begins like a state, but is longer than any gateway's response.
  for (const [text, state] of [
    ["draining", "draining"],
    ["hello", "down"],
    ["starting", "starting"],
    [`ready${" ".repeat(2000)}`, "down"],
    ["ready", "ready"],
  ] as const) {
    upstream.readiness = text;
    await eventually(
      async () => edge.status().replicas[0]?.state,
      (seen) => seen === state,
    );
  }
  assert.equal(edge.status().replicas.length, 1);
});

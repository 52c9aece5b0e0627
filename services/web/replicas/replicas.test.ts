import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, runEdge, startNameServer, startUpstream } from "../testing/edge.ts";

test("a name server that fails takes no replica away, and one that knows no address does", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  const names = { addresses: ["127.0.0.2"], failing: false, failures: 0 };
  const fails = () => {
    if (names.failing) names.failures++;
    return names.failing;
  };
  const nameServer = await startNameServer(t, names.addresses, [], fails);
  const changes = { upstream: `app.test:${upstream.port}`, nameServer };
  const { edge } = await runEdge(t, upstream, changes);
  const replicas = async () => edge.status().replicas.map(({ address }) => address);
  // On a busy machine the first look-up may be too late.
  await eventually(replicas, (found) => found.length === 1);
  names.failing = true;
  // The third look-up begins after the second one has ended.
  await eventually(
    async () => names.failures,
    (count) => count >= 3,
  );
  assert.deepEqual(await replicas(), ["127.0.0.2"]);
  names.failing = false;
  names.addresses.length = 0;
  await eventually(replicas, (found) => found.length === 0);
});

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { eventually, runEdge, startNameServer, startUpstream } from "../testing/edge.ts";

/** An edge in front of 127.0.0.2 and, once the name server says so, others; each looks up every 100 ms. */
async function start(t: TestContext) {
  const upstream = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  const names = { addresses: ["127.0.0.2"], failing: false, delay: 0, responses: 0 };
  const fails = () => {
    names.responses++;
    return names.failing;
  };
  const delay = () => names.delay;
  const nameServer = await startNameServer(t, names.addresses, [], fails, delay);
  const changes = { upstream: `app.test:${upstream.port}`, nameServer };
  const { edge, ports } = await runEdge(t, upstream, changes);
  const replicas = async () => edge.status().replicas;
  const addresses = async () => (await replicas()).map(({ address }) => address);
  const ready = async () =>
    (await replicas()).filter(({ state }) => state === "ready").map(({ address }) => address);
  // On a busy machine the first look-up may be too late.
  await eventually(ready, (found) => found.length === 1);
  return {
    upstream,
    names,
    addresses,
    ready,
    /** Waits until what the name server says now has been looked at. */
    async lookedUp() {
      const before = names.responses;
      // The third look-up begins after the second one has ended.
      await eventually(
        async () => names.responses,
        (count) => count >= before + 3,
      );
    },
    async status() {
      return (await fetch(`http://127.0.0.1:${ports.http}/`)).status;
    },
  };
}

test("a name server that fails takes no replica away", async (t) => {
  const { names, addresses, lookedUp } = await start(t);
  names.failing = true;
  await lookedUp();
  assert.deepEqual(await addresses(), ["127.0.0.2"]);
});

test("a name server that knows no address takes away what serves no more", async (t) => {
  const { names, upstream, addresses, status, lookedUp } = await start(t);
  names.addresses.length = 0;
  await lookedUp();
  assert.deepEqual(await addresses(), ["127.0.0.2"]);
  assert.equal(await status(), 200);
  upstream.close();
  await eventually(addresses, (found) => found.length === 0);
});

test("of an address where nothing is, what serves is not replaced", async (t) => {
  const { names, addresses, status, lookedUp } = await start(t);
  names.addresses[0] = "127.0.0.9";
  await eventually(addresses, (found) => found.includes("127.0.0.9"));
  await lookedUp();
  assert.deepEqual(await addresses(), ["127.0.0.2", "127.0.0.9"]);
  assert.equal(await status(), 200);
  names.addresses[0] = "127.0.0.2";
  await eventually(addresses, (found) => String(found) === "127.0.0.2");
});

test("what the name no longer stands for goes once another one is ready", async (t) => {
  const { names, upstream, addresses, ready, lookedUp } = await start(t);
  const other = await startUpstream(t, "127.0.0.3", (_, response) => response.end(), upstream);
  other.readiness = "starting";
  names.addresses[0] = "127.0.0.3";
  await eventually(addresses, (found) => found.includes("127.0.0.3"));
  await lookedUp();
  assert.deepEqual(await ready(), ["127.0.0.2"]);
  other.readiness = "ready";
  await eventually(addresses, (found) => String(found) === "127.0.0.3");
  assert.deepEqual(await ready(), ["127.0.0.3"]);
});

test("a name server that was quick and is 1.5 s late is still heard", async (t) => {
  const { names, upstream, addresses, lookedUp } = await start(t);
  // So often that its quickness is known.
  for (let round = 0; round < 3; round += 1) await lookedUp();
  names.delay = 1500;
  await startUpstream(t, "127.0.0.3", (_, response) => response.end(), upstream);
  names.addresses.push("127.0.0.3");
  await eventually(addresses, (found) => found.length === 2);
});

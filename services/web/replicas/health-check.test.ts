import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";
import { HealthCheck } from "./health-check.ts";

/** Longer than any test. */
const NEVER = 60_000;
const INTERVAL = 1200;

/** An admin port, and what its checks have found. */
async function startChecks(t: TestContext, interval: number, isQuiet: () => boolean) {
  const replica = { readiness: "ready", found: [] as string[] };
  const server = createServer((_, response) => response.end(`${replica.readiness}\n`));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const finds = new EventEmitter();
  const found = (state: string) => {
    replica.found.push(state);
    finds.emit("find");
  };
  const check = new HealthCheck("127.0.0.1", port, interval, isQuiet, found);
  t.after(() => {
    check.stop();
    server.close().closeAllConnections();
  });
  const until = async (count: number) => {
    while (replica.found.length < count) await once(finds, "find");
  };
  await until(1);
  return { replica, server, url: `http://127.0.0.1:${port}/`, until };
}

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

/** Counts the requests that this process begins to send. */
function countRequests(t: TestContext) {
  const requests = { count: 0 };
  const count = () => void requests.count++;
  subscribe("http.client.request.start", count);
  t.after(() => unsubscribe("http.client.request.start", count));
  return requests;
}

test("a replica that closes the kept connection is checked at once, and once until the next interval", async (t) => {
  const requests = countRequests(t);
  const { replica, server, url, until } = await startChecks(t, NEVER, () => false);
  replica.readiness = "draining";
  const [[second]] = await Promise.all([
    once(server, "connection"),
    until(2),
    server.closeIdleConnections(),
  ]);
  assert.deepEqual(replica.found, ["ready", "draining"]);
  server.closeIdleConnections();
  await once(second, "close");
  // By now the check has noticed it, too.
  await (await fetch(url)).text();
  assert.equal(requests.count, 2);
});

test("while no visitor comes, a replica is checked a third as often as long as it is ready", async (t) => {
  let isQuiet = true;
  const requests = countRequests(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { replica, until } = await startChecks(t, INTERVAL, () => isQuiet);
  /** The number of requests so far, this many milliseconds later. */
  const after = async (milliseconds: number) => {
    t.mock.timers.tick(milliseconds);
    await setImmediate();
    return requests.count;
  };
  // The first interval began before anything was known.
  assert.equal(await after(INTERVAL), 2);
  await until(2);
  assert.equal(await after(2 * INTERVAL), 2);
  assert.equal(await after(INTERVAL), 3);
  await until(3);
  isQuiet = false;
  assert.equal(await after(3 * INTERVAL), 4);
  await until(4);
  assert.equal(await after(INTERVAL), 5);
  await until(5);
  isQuiet = true;
  replica.readiness = "starting";
  assert.equal(await after(INTERVAL), 6);
  await until(6);
  assert.equal(replica.found.at(-1), "starting");
  assert.equal(await after(3 * INTERVAL), 7);
  await until(7);
  assert.equal(await after(INTERVAL), 8);
});

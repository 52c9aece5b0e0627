import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_WINDOW, requests, startBudgeted, statusOf } from "../testing/budgets.ts";
import { eventually } from "../testing/edge.ts";
import { FrameClient } from "../testing/http2-frames.ts";
import type { OpenRequest } from "./client-connection.ts";
import { findUpstreamVictim } from "./upstream-shares.ts";

test("event streams of one client leave every upstream connection to the pages", async (t) => {
  const { https, http, held, returned } = await startBudgeted(t, { upstreamConnections: 4 });
  const client = await FrameClient.open(t, https);
  client.send(requests("/events", 60));
  await eventually(
    () => held("long-responses"),
    (count) => count === 60,
  );
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200);
  assert.equal(await held("requests"), 0);
  await client.close();
  await returned();
});

test("three sessions of slow requests leave upstream connections to others of the same client", async (t) => {
  const { https, http, held, queued } = await startBudgeted(t);
  for (let count = 0; count < 3; count++) {
    const client = await FrameClient.open(t, https);
    client.send(requests("/never", 120));
  }
  await eventually(
    () => held("requests"),
    (count) => count === 360,
  );
  assert.equal(await queued(), 0, "those that wait do not wait in line with the others");
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200);
});

test("responses that a client does not read leave upstream connections to the pages", async (t) => {
  const { https, http, held } = await startBudgeted(t, { upstreamConnections: 8 });
  const client = await FrameClient.open(t, https, NO_WINDOW);
  client.send(requests("/large", 16));
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200);
  await eventually(
    () => held("long-responses"),
    (count) => count === 16,
  );
});

test("who waits for an upstream connection gets it in turn, client by client", async (t) => {
  const { https, http, queued, seen, waiting } = await startBudgeted(t, { upstreamConnections: 1 });
  const client = await FrameClient.open(t, https);
  client.send(requests("/hand", 20));
  await eventually(queued, (count) => count === 19);
  const other = statusOf(http, "/", "127.0.0.9");
  await eventually(queued, (count) => count === 20);
  // The first of each client is at the end of the line again once it had its turn.
  for (let count = 0; count < 2; count++) {
    await eventually(
      async () => waiting.length,
      (length) => length > count,
    );
    waiting[count]?.end();
  }
  assert.equal(await other, 200);
  assert.ok(seen.indexOf("/") <= 2, `the application received ${seen}`);
});

test("where all upstream connections are in use for long, the greedy give way", async (t) => {
  const { https, http, held } = await startBudgeted(t, { upstreamConnections: 8 });
  const client = await FrameClient.open(t, https);
  client.send(requests("/never", 20));
  await eventually(
    () => held("requests"),
    (count) => count === 20,
  );
  const began = performance.now();
  assert.equal(await statusOf(http, "/", "127.0.0.9"), 200, "another client");
  assert.equal(await statusOf(http, "/", "127.0.0.1"), 200, "another connection of the same");
  // One gives way a second, as long as a request waits: on a busy machine that is longer.
  const gaveWay = 4 + Math.floor((performance.now() - began) / 1000);
  assert.ok((await held("exchanges")) >= 20 - gaveWay, "the others stay");
});

test("no request gives way while there is room: that a replica is slow to accept is no client's fault", () => {
  const request = (client: string, upstreamState: "sent" | "waiting") =>
    ({ client, connection: {}, since: 0, exchange: { upstreamState } }) as unknown as OpenRequest;
  const two = [request("visitor", "sent"), request("visitor", "sent")];
  const crowd = Array.from({ length: 100 }, () => request("crowd", "waiting"));
  assert.equal(findUpstreamVictim([...two, ...crowd], 10_000, 3), undefined);
  assert.equal(
    findUpstreamVictim([...two, ...crowd], 10_000, 2),
    two[0],
    "without room they share",
  );
});

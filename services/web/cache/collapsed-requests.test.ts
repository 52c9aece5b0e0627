import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { spareTime } from "../limits/spare-time.ts";
import { chain, held, SHARED, waiters } from "../testing/cache.ts";
import { eventually } from "../testing/edge.ts";

async function bodyOf(sent: ClientRequest): Promise<string> {
  const [response]: IncomingMessage[] = await once(sent, "response");
  return response === undefined ? "" : text(response);
}

test("fifty concurrent requests for one address are one request to the application", async (t) => {
  const { listener, arrived, waiting } = held();
  const edge = await chain(t, listener, {});
  const responses = Array.from({ length: 50 }, () => edge.get("/", {}));
  await waiters(edge, 49);
  const [response] = await arrived(1);
  response?.writeHead(200, SHARED).end("for all");
  const got = await Promise.all(responses);
  assert.deepEqual([...new Set(got.map(({ body }) => body))], ["for all"]);
  assert.equal(waiting.length, 1);
  const collapsed = got.filter(({ cache }) => cache === "gatehouse; fwd=uri-miss; collapsed");
  assert.equal(collapsed.length, 49);
});

test("a waiting request gets the response while it is received", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const leader = edge.get("/", {});
  const [upstream] = await arrived(1);
  upstream?.writeHead(200, { ...SHARED, "content-length": "9" }).write("begun");
  const late = request(edge.url).end();
  const [response]: IncomingMessage[] = await once(late, "response");
  assert.ok(response);
  const [begun] = await once(response, "data");
  assert.equal(String(begun), "begun");
  upstream?.end(" end");
  assert.equal(await text(response), " end");
  assert.equal((await leader).body, "begun end");
});

test("a waiting request whose client leaves waits no longer, and the others still do", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, { cacheWait: 600_000 });
  const leader = edge.get("/", {});
  const [upstream] = await arrived(1);
  const leaving = Array.from({ length: 5 }, () => request(edge.url).on("error", () => undefined));
  for (const client of leaving) client.end();
  const stays = edge.get("/", {});
  await waiters(edge, 6);
  for (const client of leaving) client.destroy();
  await waiters(edge, 1);
  upstream?.writeHead(200, SHARED).end("for two");
  assert.deepEqual([(await leader).body, (await stays).body], ["for two", "for two"]);
});

test("a response that cannot be shared makes all waiting requests go to the application at once", async (t) => {
  const { listener, arrived, waiting } = held();
  const edge = await chain(t, listener, {});
  const responses = Array.from({ length: 5 }, () => edge.get("/", {}));
  await waiters(edge, 4);
  const [first] = await arrived(1);
  first?.writeHead(200, { "cache-control": "private" }).end("0");
  const others = await arrived(5);
  for (const [at, response] of others.slice(1).entries()) response.end(String(at + 1));
  const bodies = (await Promise.all(responses)).map(({ body }) => body);
  assert.deepEqual(bodies.sort(), ["0", "1", "2", "3", "4"]);
  // Later requests do not wait for one another (hit-for-miss).
  const next = [edge.get("/", {}), edge.get("/", {})];
  for (const response of (await arrived(7)).slice(5)) response.end("next");
  await Promise.all(next);
  assert.equal(waiting.length, 7);
});

test("requests with and without a cookie do not wait for each other's first response", async (t) => {
  const { listener, arrived } = held();
  const { get } = await chain(t, listener, {});
  const responses = [get("/", {}), get("/", { cookie: "session=1" })];
  for (const response of await arrived(2)) response.writeHead(200, SHARED).end("x");
  await Promise.all(responses);
});

test("a waiting request whose variant is another one fetches its own", async (t) => {
  const { listener, waiting } = held();
  const edge = await chain(t, listener, {});
  const languages = ["de", "en", "de", "en"];
  const responses = languages.map((language) => edge.get("/", { "accept-language": language }));
  await waiters(edge, 3);
  const respondToAll = () => {
    for (const { request, response } of waiting) {
      if (response.headersSent) continue;
      response.writeHead(200, { ...SHARED, vary: "accept-language" });
      response.end(request.headers["accept-language"]);
    }
  };
  const ticking = setInterval(respondToAll, 5);
  t.after(() => clearInterval(ticking));
  const got = await Promise.all(responses);
  assert.deepEqual(
    got.map(({ body }) => body),
    languages,
  );
  assert.equal(waiting.length, 2);
});

test("a leader that leaves does not end the fetch for the others, and the response is stored", async (t) => {
  const { listener, arrived, waiting } = held();
  const edge = await chain(t, listener, {});
  const leader = request(edge.url, { agent: false }).end();
  leader.on("error", () => {});
  const [response] = await arrived(1);
  const other = edge.get("/", {});
  await waiters(edge, 1);
  leader.destroy();
  // The edge has noticed it: it counts the leader as a client that left.
  await eventually(
    async () => JSON.stringify(await edge.edge.metrics()),
    (metrics) => metrics.includes("4xx") || metrics.includes("499"),
  );
  response?.writeHead(200, SHARED).end("for the other");
  assert.equal((await other).body, "for the other");
  assert.equal((await edge.get("/", {})).body, "for the other");
  assert.equal(waiting.length, 1);
});

test("a leader without waiting requests ends the upstream request as it leaves", async (t) => {
  const { listener, arrived } = held();
  const { url } = await chain(t, listener, {});
  const leader = request(url, { agent: false }).end();
  leader.on("error", () => {});
  const [response] = await arrived(1);
  assert.ok(response);
  const gone = once(response, "close", { signal: AbortSignal.timeout(10_000) });
  leader.destroy();
  await gone;
});

test("the upstream request ends once the leader and then all who waited have left", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const leader = request(edge.url, { agent: false }).end();
  leader.on("error", () => {});
  const [response] = await arrived(1);
  assert.ok(response);
  const gone = once(response, "close", { signal: AbortSignal.timeout(30_000) });
  const other = request(edge.url, { agent: false }).end();
  other.on("error", () => {});
  await waiters(edge, 1);
  leader.destroy();
  await eventually(
    async () => JSON.stringify(await edge.edge.metrics()),
    (metrics) => metrics.includes("4xx") || metrics.includes("499"),
  );
  other.destroy();
  await gone;
});

test("after a failed fetch one of the waiting requests leads the next one", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const responses = [edge.get("/", {}), edge.get("/", {}), edge.get("/", {})];
  await waiters(edge, 2);
  const [first] = await arrived(1);
  first?.writeHead(500).end("failed");
  const [, second] = await arrived(2);
  await waiters(edge, 1);
  second?.writeHead(200, SHARED).end("well");
  assert.deepEqual((await Promise.all(responses)).map(({ body }) => body).sort(), [
    "failed",
    "well",
    "well",
  ]);
});

test("no request waits longer for another one than the setting says", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, { cacheWait: 100 });
  const slow = edge.get("/", {});
  await arrived(1);
  const second = edge.get("/", {});
  const [first, other] = await arrived(2);
  other?.writeHead(200, SHARED).end("quick");
  assert.equal((await second).body, "quick");
  assert.equal((await edge.get("/", {})).body, "quick");
  first?.end("slow");
  assert.equal((await slow).body, "slow");
});

test("a response that breaks off breaks off for all, and is not stored", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const leader = request(edge.url).end();
  const [response] = await arrived(1);
  response?.writeHead(200, { ...SHARED, "content-length": "9" }).write("begun");
  const broken = [bodyOf(leader), edge.get("/", {})].map((response) => assert.rejects(response));
  await eventually(
    async () => edge.edge.cache.counts.collapsed,
    (collapsed) => collapsed === 1,
  );
  response?.destroy();
  await Promise.all(broken);
  const again = edge.get("/", {});
  const [, second] = await arrived(2);
  second?.end("whole");
  assert.equal((await again).body, "whole");
});

const LENGTH = 2 * 1024 ** 2;
for (const [what, control, another, waits] of [
  ["a response for the store that one client wants", SHARED["cache-control"], undefined, true],
  ["one that this client wants again", SHARED["cache-control"], "127.0.0.1", true],
  ["one that another client wants too", SHARED["cache-control"], "127.0.0.5", false],
  ["a response for one client", "no-store", undefined, true],
] as const) {
  test(`the reads of ${what} wait for its first client's other work: ${waits}`, async (t) => {
    const WORKS = 500;
    let done = 0;
    const work = () => {
      done++;
      const until = performance.now() + 1;
      while (performance.now() < until);
    };
    const { listener, arrived } = held();
    const edge = await chain(t, listener, {});
    const got = edge.get("/", {});
    const [response] = await arrived(1);
    if (another !== undefined) {
      const sent = request(edge.url, { localAddress: another, agent: false }).end();
      t.after(() => sent.destroy());
      await waiters(edge, 1);
    }
    for (let count = 0; count < WORKS; count++) spareTime.later(work, "127.0.0.1");
    response?.writeHead(200, { "cache-control": control, "content-length": LENGTH });
    response?.end(Buffer.alloc(LENGTH));
    assert.equal((await got).body.length, LENGTH);
    const before = done;
    while (done < WORKS) await new Promise(setImmediate);
    assert.equal(before === WORKS, waits, `${before} of ${WORKS} before its end`);
  });
}

import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { chain, numbered } from "../testing/cache.ts";
import { eventually } from "../testing/edge.ts";

/** Stale from the first moment, so that no test waits for a clock. */
const WHILE_REVALIDATE = { "cache-control": "s-maxage=0, stale-while-revalidate=60" };

/** Fails while `failing.now` says how. */
function troubled(fields: Record<string, string>) {
  const failing: { now: "" | "status" | "break" } = { now: "" };
  const listener = (_: IncomingMessage, response: ServerResponse, asked: number) => {
    if (failing.now === "break") response.destroy();
    else if (failing.now === "status") response.writeHead(503).end("failed");
    else response.writeHead(200, fields).end(`answer ${asked}`);
  };
  return { failing, listener };
}

test("a stale answer is told at once, while one request asks for the next", async (t) => {
  const refreshing: ServerResponse[] = [];
  const listener = (_: IncomingMessage, response: ServerResponse, asked: number) => {
    response.writeHead(200, WHILE_REVALIDATE);
    if (asked === 1) response.end("old");
    else refreshing.push(response);
  };
  const { get, requests } = await chain(t, listener, {});
  await get("/", {});
  const many = await Promise.all(Array.from({ length: 20 }, () => get("/", {})));
  for (const { body, cache } of many) {
    assert.equal(body, "old");
    assert.match(cache, /^gatehouse; hit; ttl=-\d+; detail=stale-while-revalidate$/);
  }
  await eventually(
    async () => refreshing.length,
    (length) => length === 1,
  );
  assert.equal(requests.length, 2);
  refreshing[0]?.end("new");
  await eventually(
    () => get("/", {}),
    ({ body }) => body === "new",
  );
  const ids = requests.map(({ headers }) => headers["x-request-id"]);
  assert.equal(new Set(ids).size, ids.length, "a refresh is a request with an id of its own");
});

test("a refresh that fails leaves the stale answer, and is not tried at every request", async (t) => {
  const { failing, listener } = troubled(WHILE_REVALIDATE);
  const { get, requests, edge } = await chain(t, listener, {});
  await get("/", {});
  failing.now = "break";
  for (let request = 0; request < 20; request++) {
    assert.equal((await get("/", {})).body, "answer 1");
    await eventually(
      async () => edge.cache.waiting,
      (waiting) => waiting === 0,
    );
  }
  assert.ok(edge.cache.tally.refreshes <= 3, `${edge.cache.tally.refreshes} refreshes`);
  assert.ok(requests.length <= 8, `${requests.length} requests`);
});

test("a refresh that brings an answer for one visitor ends the use of the stale one", async (t) => {
  const listener = (_: IncomingMessage, response: ServerResponse, asked: number) => {
    response.writeHead(200, asked === 1 ? WHILE_REVALIDATE : { "cache-control": "private" });
    response.end(`answer ${asked}`);
  };
  const { get } = await chain(t, listener, {});
  await get("/", {});
  assert.equal((await get("/", {})).body, "answer 1");
  await eventually(
    () => get("/", {}),
    ({ body }) => body !== "answer 1",
  );
});

for (const how of ["status", "break"] as const) {
  test(`a stale answer stands in for an application that fails by a ${how}, where it may`, async (t) => {
    const { failing, listener } = troubled({
      "cache-control": "public, max-age=0, stale-if-error=60",
      etag: '"1"',
    });
    const { get } = await chain(t, listener, {});
    await get("/", {});
    failing.now = how;
    const { body, cache } = await get("/", {});
    assert.equal(body, "answer 1");
    assert.match(cache, /^gatehouse; fwd=stale; fwd-status=50[23]; detail=stale-if-error$/);
    // For a moment nobody asks again.
    assert.match((await get("/", {})).cache, /hit; ttl=-\d+; detail=stale-if-error$/);
  });
}

test("without the word that allows it, a failure is told as a failure", async (t) => {
  const { failing, listener } = troubled({ "cache-control": "public, max-age=0", etag: '"1"' });
  const { get } = await chain(t, listener, {});
  await get("/", {});
  failing.now = "status";
  assert.equal((await get("/", {})).status, 503);
  failing.now = "break";
  assert.equal((await get("/", {})).status, 502);
});

for (const word of ["must-revalidate", "proxy-revalidate", "no-cache"]) {
  test(`${word} forbids every stale use`, async (t) => {
    const { failing, listener } = troubled({
      "cache-control": `public, max-age=0, stale-while-revalidate=60, stale-if-error=60, ${word}`,
      etag: '"1"',
    });
    const { get } = await chain(t, listener, {});
    await get("/", {});
    assert.equal((await get("/", {})).body, "answer 2");
    failing.now = "status";
    assert.equal((await get("/", {})).status, 503);
  });
}

test("an answer that must be confirmed each time is never told from memory alone", async (t) => {
  const listener = numbered({ "cache-control": "public, no-cache, max-age=60", etag: '"1"' });
  const { get } = await chain(t, listener, {});
  for (const expected of ["answer 1", "answer 2", "answer 3"]) {
    assert.equal((await get("/", {})).body, expected);
  }
});

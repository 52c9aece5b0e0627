import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { chain, numbered } from "../testing/cache.ts";
import { eventually } from "../testing/edge.ts";

/** Stale from the first moment, so that no test waits for a clock. */
const WHILE_REVALIDATE = { "cache-control": "s-maxage=0, stale-while-revalidate=3600" };

/** An application that fails as long as `failing.now` says how. */
function failingApplication(fields: Record<string, string>) {
  const failing: { now: "" | "status" | "break" } = { now: "" };
  const listener = (_: IncomingMessage, response: ServerResponse, count: number) => {
    if (failing.now === "break") response.destroy();
    else if (failing.now === "status") response.writeHead(503).end("failed");
    else response.writeHead(200, fields).end(`response ${count}`);
  };
  return { failing, listener };
}

test("a stale response is sent at once, while one request revalidates it", async (t) => {
  const revalidations: ServerResponse[] = [];
  const listener = (_: IncomingMessage, response: ServerResponse, count: number) => {
    response.writeHead(200, WHILE_REVALIDATE);
    if (count === 1) response.end("old");
    else revalidations.push(response);
  };
  const { get, requests } = await chain(t, listener, {});
  await get("/", {});
  const many = await Promise.all(Array.from({ length: 20 }, () => get("/", {})));
  for (const { body, cache } of many) {
    assert.equal(body, "old");
    assert.match(cache, /^gatehouse; hit; ttl=-\d+; detail=stale-while-revalidate$/);
  }
  await eventually(
    async () => revalidations.length,
    (length) => length === 1,
  );
  assert.equal(requests.length, 2);
  revalidations[0]?.end("new");
  await eventually(
    () => get("/", {}),
    ({ body }) => body === "new",
  );
  const ids = requests.map(({ headers }) => headers["x-request-id"]);
  assert.equal(new Set(ids).size, ids.length, "a revalidation is a request with an id of its own");
});

test("a failed revalidation leaves the stale response, and is not repeated for every request", async (t) => {
  const { failing, listener } = failingApplication(WHILE_REVALIDATE);
  const { get, requests, edge } = await chain(t, listener, {});
  await get("/", {});
  failing.now = "break";
  const began = performance.now();
  for (let request = 0; request < 20; request++) {
    assert.equal((await get("/", {})).body, "response 1");
    await eventually(
      async () => edge.cache.waiting,
      (waiting) => waiting === 0,
    );
  }
  // One a second, and each of them may be tried again by the proxy.
  const most = 1 + Math.ceil((performance.now() - began) / 1000);
  const { refreshes } = edge.cache.counts;
  assert.ok(refreshes >= 1 && refreshes <= most, `${refreshes} of ${most} revalidations`);
  assert.ok(requests.length <= 1 + 4 * most, `${requests.length} requests`);
});

test("a revalidation that returns a private response ends the use of the stale one", async (t) => {
  const listener = (_: IncomingMessage, response: ServerResponse, count: number) => {
    response.writeHead(200, count === 1 ? WHILE_REVALIDATE : { "cache-control": "private" });
    response.end(`response ${count}`);
  };
  const { get } = await chain(t, listener, {});
  await get("/", {});
  assert.equal((await get("/", {})).body, "response 1");
  await eventually(
    () => get("/", {}),
    ({ body }) => body !== "response 1",
  );
});

for (const how of ["status", "break"] as const) {
  test(`stale-if-error: a stale response replaces a failure by ${how === "status" ? "a 503" : "a broken connection"}`, async (t) => {
    const { failing, listener } = failingApplication({
      "cache-control": "public, max-age=0, stale-if-error=3600",
      etag: '"1"',
    });
    const { get } = await chain(t, listener, {});
    await get("/", {});
    failing.now = how;
    const { body, cache } = await get("/", {});
    assert.equal(body, "response 1");
    assert.match(cache, /^gatehouse; fwd=stale; fwd-status=50[23]; detail=stale-if-error$/);
    // For a second the application gets no further request.
    const next = await eventually(
      () => get("/", {}),
      ({ cache }) => cache.startsWith("gatehouse; hit;"),
    );
    assert.match(next.cache, /; ttl=-\d+; detail=stale-if-error$/);
  });
}

test("without stale-if-error a failure is sent to the client", async (t) => {
  const { failing, listener } = failingApplication({
    "cache-control": "public, max-age=0",
    etag: '"1"',
  });
  const { get } = await chain(t, listener, {});
  await get("/", {});
  failing.now = "status";
  assert.equal((await get("/", {})).status, 503);
  failing.now = "break";
  assert.equal((await get("/", {})).status, 502);
});

for (const directive of ["must-revalidate", "proxy-revalidate", "no-cache"]) {
  test(`${directive} forbids every stale use`, async (t) => {
    const { failing, listener } = failingApplication({
      "cache-control": `public, max-age=0, stale-while-revalidate=3600, stale-if-error=3600, ${directive}`,
      etag: '"1"',
    });
    const { get } = await chain(t, listener, {});
    await get("/", {});
    assert.equal((await get("/", {})).body, "response 2");
    failing.now = "status";
    assert.equal((await get("/", {})).status, 503);
  });
}

test("no-cache: a stored response is validated for each request", async (t) => {
  const listener = numbered({ "cache-control": "public, no-cache, max-age=3600", etag: '"1"' });
  const { get } = await chain(t, listener, {});
  for (const expected of ["response 1", "response 2", "response 3"]) {
    assert.equal((await get("/", {})).body, expected);
  }
});

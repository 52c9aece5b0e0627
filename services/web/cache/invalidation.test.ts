import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { chain, held, numbered, SHARED, waiters } from "../testing/cache.ts";

test("a POST invalidates its own address and the ones that its response names", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, count: number) => {
    const unsafe = request.method === "POST";
    response.writeHead(unsafe ? 303 : 200, {
      "cache-control": "s-maxage=3600",
      ...(unsafe ? { location: "/list" } : {}),
    });
    response.end(`response ${count}`);
  };
  const { get, url } = await chain(t, listener, {});
  for (const path of ["/list", "/item", "/other"]) await get(path, {});
  const posted = await fetch(`${url}/item`, { method: "POST", redirect: "manual" });
  assert.equal(posted.headers.get("cache-status"), "gatehouse; fwd=method");
  assert.equal((await get("/list", {})).body, "response 5");
  assert.equal((await get("/item", {})).body, "response 6");
  assert.equal((await get("/other", {})).body, "response 3");
});

test("a response invalidates no address of another host", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, count: number) => {
    const unsafe = request.method === "POST";
    response.writeHead(unsafe ? 303 : 200, {
      "cache-control": "s-maxage=3600",
      ...(unsafe ? { location: "http://other.example/list" } : {}),
    });
    response.end(`response ${count}`);
  };
  const { get, url } = await chain(t, listener, {});
  await get("/list", {});
  await fetch(`${url}/item`, { method: "POST", redirect: "manual" });
  assert.equal((await get("/list", {})).body, "response 1");
});

test("a POST that fails invalidates nothing", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, count: number) => {
    response.writeHead(request.method === "POST" ? 422 : 200, { "cache-control": "s-maxage=3600" });
    response.end(`response ${count}`);
  };
  const { get, url } = await chain(t, listener, {});
  await get("/", {});
  await fetch(url, { method: "POST" });
  assert.equal((await get("/", {})).body, "response 1");
});

test("a purge removes an address, a prefix or everything", async (t) => {
  const { get, edge, requests } = await chain(
    t,
    numbered({ "cache-control": "s-maxage=3600" }),
    {},
  );
  const fill = async () => {
    for (const path of ["/a", "/a?x", "/b/1", "/b/2"]) await get(path, {});
    return requests.length;
  };
  assert.equal(await fill(), 4);
  assert.equal(edge.cache.purge({ what: "address", address: "/a" }), 1);
  assert.equal(await fill(), 5);
  assert.equal(edge.cache.purge({ what: "prefix", address: "/b/" }), 2);
  assert.equal(await fill(), 7);
  assert.equal(edge.cache.purge({ what: "all" }), 4);
  assert.equal(await fill(), 11);
});

test("a response to a request from before a purge is not stored", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const before = edge.get("/", {});
  const [old] = await arrived(1);
  edge.edge.cache.purge({ what: "address", address: "/" });
  const after = edge.get("/", {});
  const [, fresh] = await arrived(2);
  fresh?.writeHead(200, SHARED).end("new");
  assert.equal((await after).body, "new");
  old?.writeHead(200, SHARED).end("old");
  assert.equal((await before).body, "old");
  assert.equal((await edge.get("/", {})).body, "new");
});

test("a hit-for-miss response to a request from before a purge is not stored", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const own = edge.get("/", {});
  (await arrived(1))[0]?.writeHead(200, { "cache-control": "private" }).end("own");
  await own;
  const before = edge.get("/", {});
  const [, old] = await arrived(2);
  edge.edge.cache.purge({ what: "all" });
  old?.writeHead(200, SHARED).end("old");
  assert.equal((await before).body, "old");
  const after = edge.get("/", {});
  (await arrived(3))[2]?.writeHead(200, SHARED).end("new");
  assert.equal((await after).body, "new");
});

test("after a purge of everything requests wait for one another again", async (t) => {
  const { listener, arrived } = held();
  const edge = await chain(t, listener, {});
  const own = edge.get("/", {});
  (await arrived(1))[0]?.writeHead(200, { "cache-control": "private" }).end("own");
  await own;
  edge.edge.cache.purge({ what: "all" });
  const responses = [edge.get("/", {}), edge.get("/", {})];
  await waiters(edge, 1);
  (await arrived(2))[1]?.writeHead(200, SHARED).end("for both");
  assert.deepEqual(
    (await Promise.all(responses)).map(({ body }) => body),
    ["for both", "for both"],
  );
});

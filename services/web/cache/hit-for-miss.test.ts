import assert from "node:assert/strict";
import { test } from "node:test";
import { startEdge, startUpstream } from "../testing/edge.ts";
import { HitForMiss } from "./hit-for-miss.ts";

const MINUTE = 60_000;

test("a key stays hit-for-miss for a minute", () => {
  const keys = new HitForMiss();
  keys.add("/a", 5000);
  assert.equal(keys.has("/a", 5000 + MINUTE - 1), true);
  assert.equal(keys.has("/a", 5000 + MINUTE), false);
  assert.equal(keys.has("/a", 5000 + MINUTE - 1), false, "an expired key is deleted");
});

test("the memory for hit-for-miss keys stays within a few megabytes, however long they are", () => {
  const keys = new HitForMiss();
  const key = (count: number) => `/${count}?${"q".repeat(8000)}`;
  for (let count = 0; count < 2000; count++) keys.add(key(count), 0);
  const known = Array.from({ length: 2000 }, (_, count) => keys.has(key(count), 1));
  const remembered = known.filter(Boolean).length;
  assert.ok(remembered > 400 && remembered < 600, `${remembered} of 8 kB each`);
  assert.deepEqual([known[0], known[1999]], [false, true]);
});

test("deleted keys leave room for as many as before", () => {
  const keys = new HitForMiss();
  for (let count = 0; count < 5000; count++) {
    keys.add("/a", 0);
    keys.add(`/${"b".repeat(2000)}`, 0);
    keys.delete(`/${"b".repeat(2000)}`);
  }
  assert.deepEqual([keys.has("/a", 1), keys.has(`/${"b".repeat(2000)}`, 1)], [true, false]);
  keys.clear();
  assert.equal(keys.has("/a", 1), false);
});

test("an address whose responses cannot be shared is fetched each time, until one may be stored", async (t) => {
  let requests = 0;
  let caching: string | undefined;
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      if (caching !== undefined) response.setHeader("Cache-Control", caching);
      response.end(`${++requests} ${request.headers["if-none-match"] ?? ""}`);
    },
    undefined,
  );
  const url = await startEdge(t, upstream, {});
  const get = async (headers: Record<string, string> = {}) => {
    const response = await fetch(url, { headers });
    return `${await response.text()}| ${response.headers.get("cache-status")}`;
  };
  const miss = "gatehouse; fwd=uri-miss";
  assert.equal(await get(), `1 | ${miss}`);
  assert.equal(await get(), `2 | ${miss}`);
  caching = "private";
  assert.equal(await get(), `3 | ${miss}`);
  caching = "max-age=60";
  assert.equal(await get(), `4 | ${miss}; stored`);
  assert.match(await get(), /^4 \| gatehouse; hit; ttl=/);
});

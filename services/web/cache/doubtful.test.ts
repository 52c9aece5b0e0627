import assert from "node:assert/strict";
import { test } from "node:test";
import { startEdge, startUpstream } from "../testing/edge.ts";

test("an address whose answers were for nobody else is asked each time, until one may be kept", async (t) => {
  let asked = 0;
  let caching: string | undefined;
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      if (caching !== undefined) response.setHeader("Cache-Control", caching);
      response.end(`${++asked} ${request.headers["if-none-match"] ?? ""}`);
    },
    undefined,
  );
  const url = await startEdge(t, upstream, {});
  const get = async (headers: Record<string, string> = {}) => {
    const got = await fetch(url, { headers });
    return `${await got.text()}| ${got.headers.get("cache-status")}`;
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

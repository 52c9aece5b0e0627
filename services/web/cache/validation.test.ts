import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { chain, numbered } from "../testing/cache.ts";

test("a 304 validates a stale response, and its fields replace the stored ones", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, count: number) => {
    const fields = { "cache-control": "public, max-age=0", etag: '"v1"', "x-count": String(count) };
    const validated = request.headers["if-none-match"] === '"v1"';
    response.writeHead(validated ? 304 : 200, fields);
    response.end(validated ? undefined : "the content");
  };
  const { get } = await chain(t, listener, {});
  await get("/", {});
  const { status, body, cache, fields } = await get("/", {});
  assert.deepEqual([status, body], [200, "the content"]);
  assert.equal(cache, "gatehouse; fwd=stale; fwd-status=304; stored");
  assert.deepEqual([fields.get("x-count"), fields.get("age")], ["2", null]);
});

test("a 304 with another ETag makes the cache fetch the whole response", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, count: number) => {
    const conditional = request.headers["if-none-match"] !== undefined;
    response.writeHead(conditional ? 304 : 200, {
      "cache-control": "public, max-age=0",
      etag: `"${count}"`,
    });
    response.end(conditional ? undefined : `response ${count}`);
  };
  const { get } = await chain(t, listener, {});
  assert.equal((await get("/", {})).body, "response 1");
  assert.equal((await get("/", {})).body, "response 3");
});

test("a 304 with another Last-Modified makes the cache fetch the whole response", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, count: number) => {
    const conditional = request.headers["if-modified-since"] !== undefined;
    response.writeHead(conditional ? 304 : 200, {
      "cache-control": "public, max-age=0",
      "last-modified": new Date(count * 1e9).toUTCString(),
    });
    response.end(conditional ? undefined : `response ${count}`);
  };
  const { get } = await chain(t, listener, {});
  assert.equal((await get("/", {})).body, "response 1");
  assert.equal((await get("/", {})).body, "response 3");
});

test("If-Range needs a strong validator that is the same", async (t) => {
  const modified = new Date(1e12).toUTCString();
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, {
      "cache-control": "s-maxage=3600",
      etag: request.url === "/weak" ? 'W/"v1"' : '"v1"',
      "last-modified": modified,
    });
    response.end("0123456789");
  };
  const { get, requests } = await chain(t, listener, {});
  for (const path of ["/weak", "/strong"]) await get(path, {});
  const statusOf = async (path: string, ifRange: string) =>
    (await get(path, { range: "bytes=0-2", "if-range": ifRange })).status;
  assert.equal(await statusOf("/strong", '"v1"'), 206);
  assert.equal(await statusOf("/strong", '"v2"'), 200);
  assert.equal(await statusOf("/strong", 'W/"v1"'), 200);
  assert.equal(await statusOf("/weak", 'W/"v1"'), 200);
  assert.equal(await statusOf("/strong", modified), 206);
  assert.equal(await statusOf("/strong", new Date(1e12 + 1000).toUTCString()), 200);
  assert.equal(await statusOf("/strong", "yesterday"), 200);
  assert.equal(requests.length, 2);
});

test("the store serves 304 to conditional requests, and parts to ranges", async (t) => {
  const modified = new Date(1e12).toUTCString();
  const listener = numbered({
    "cache-control": "s-maxage=3600",
    etag: '"a, b"',
    "last-modified": modified,
  });
  const { get, requests, url } = await chain(t, listener, {});
  await get("/", {});
  const tagged = await get("/", { "if-none-match": '"x", W/"a, b"' });
  assert.deepEqual([tagged.status, tagged.body, tagged.fields.get("etag")], [304, "", '"a, b"']);
  assert.equal((await get("/", { "if-none-match": '"x"' })).status, 200);
  assert.equal((await get("/", { "if-modified-since": modified })).status, 304);
  const part = await get("/", { range: "bytes=0-2" });
  assert.deepEqual(
    [part.status, part.body, part.fields.get("content-range")],
    [206, "res", "bytes 0-2/10"],
  );
  assert.equal((await get("/", { range: "bytes=-1" })).body, "1");
  assert.equal((await get("/", { range: "bytes=10-" })).status, 416);
  assert.equal((await get("/", { range: "bytes=0-2", "if-range": '"old"' })).body, "response 1");
  const head = await fetch(url, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), "10");
  assert.equal(requests.length, 1);
});

test("a conditional request for what is not stored reaches the application, and its 304 the client", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const validated = request.headers["if-none-match"] === '"v1"';
    response.writeHead(validated ? 304 : 200, { "cache-control": "s-maxage=3600", etag: '"v1"' });
    response.end(validated ? undefined : "whole");
  };
  const { get, requests } = await chain(t, listener, {});
  const modified = new Date(1e12).toUTCString();
  const conditions = { "if-none-match": '"v1"', "if-modified-since": modified };
  // Not only for the first one: a 304 is no reason to treat the address in another way.
  for (let count = 1; count <= 3; count++) {
    const { status, cache, fields } = await get("/", conditions);
    assert.deepEqual([status, cache], [304, "gatehouse; fwd=uri-miss"]);
    assert.equal(fields.get("etag"), '"v1"');
    assert.equal(requests.length, count);
    assert.equal(requests.at(-1)?.headers["if-none-match"], '"v1"');
    assert.equal(requests.at(-1)?.headers["if-modified-since"], modified);
  }
  assert.equal((await get("/", {})).cache, "gatehouse; fwd=uri-miss; stored");
  assert.match((await get("/", conditions)).cache, /^gatehouse; hit/);
  assert.equal(requests.length, 4);
});

for (const cacheControl of ["private, no-cache", "no-store", undefined]) {
  test(`the application validates what is never stored: Cache-Control ${cacheControl}`, async (t) => {
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      if (cacheControl !== undefined) response.setHeader("Cache-Control", cacheControl);
      response.statusCode = request.headers["if-none-match"] === 'W/"v1"' ? 304 : 200;
      response.end(response.statusCode === 304 ? undefined : "own");
    };
    const { get } = await chain(t, listener, {});
    const statuses: number[] = [];
    for (const tag of ['W/"v1"', 'W/"v1"', '"v2"', 'W/"v1"']) {
      statuses.push((await get("/", { "if-none-match": tag })).status);
    }
    assert.deepEqual(statuses, [304, 304, 200, 304]);
  });
}

test("a whole response to a conditional request is stored for the others", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=3600", etag: '"v2"' });
  const { get, requests } = await chain(t, listener, {});
  assert.equal((await get("/", { "if-none-match": '"v1"' })).body, "response 1");
  assert.equal((await get("/", {})).body, "response 1");
  assert.equal(requests.length, 1);
});

test("a 304 by which the response varies by more fields than before ends its use for others", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, count: number) => {
    const conditional = request.headers["if-none-match"] !== undefined;
    const vary: Record<string, string> = count === 1 ? {} : { vary: "Cookie" };
    response.writeHead(conditional ? 304 : 200, {
      ...{ "cache-control": count === 1 ? "public, max-age=0" : "public, max-age=3600" },
      ...{ etag: '"v1"', ...vary },
    });
    response.end(conditional ? undefined : `for ${request.headers.cookie}`);
  };
  const { get } = await chain(t, listener, {});
  await get("/", { cookie: "a=1" });
  assert.equal((await get("/", { cookie: "a=1" })).body, "for a=1");
  assert.equal((await get("/", { cookie: "b=2" })).body, "for b=2");
});

test("a range of a response that is not stored is forwarded as it is", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(206, { "cache-control": "s-maxage=3600", "content-range": "bytes 0-0/9" });
    response.end(request.headers.range);
  };
  const { get, requests } = await chain(t, listener, {});
  assert.equal((await get("/", { range: "bytes=0-0" })).body, "bytes=0-0");
  await get("/", { range: "bytes=0-0" });
  assert.equal(requests.length, 2);
});

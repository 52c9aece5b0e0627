import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { chain, numbered } from "../testing/cache.ts";
import { eventually, exchangeBytes } from "../testing/edge.ts";

test("an answer with s-maxage is asked for once, then told from memory with its age", async (t) => {
  const { get, requests } = await chain(t, numbered({ "cache-control": "s-maxage=60" }), {});
  const first = await get("/", {});
  assert.deepEqual([first.body, first.cache], ["answer 1", "gatehouse; fwd=uri-miss; stored"]);
  assert.equal(first.fields.get("age"), null);
  const second = await get("/", {});
  assert.equal(second.body, "answer 1");
  assert.match(second.cache, /^gatehouse; hit; ttl=5\d$/);
  assert.equal(second.fields.get("age"), "0");
  assert.equal(second.fields.get("content-length"), "8");
  assert.equal(requests.length, 1);
});

test("what belongs to one request does not leak into the next answer", async (t) => {
  const listener = numbered({
    "cache-control": "s-maxage=60",
    "x-request-id": "upstream-id-1",
    "server-timing": "app;dur=1",
    traceparent: "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01",
    connection: "x-hop",
    "x-hop": "1",
  });
  const { get } = await chain(t, listener, {});
  const first = await get("/", {});
  const second = await get("/", {});
  assert.match(first.fields.get("server-timing") ?? "", /^web;dur=[\d.]+, app;dur=1$/);
  assert.match(second.fields.get("server-timing") ?? "", /^web;dur=[\d.]+$/);
  assert.notEqual(first.fields.get("x-request-id"), second.fields.get("x-request-id"));
  for (const name of ["traceparent", "x-hop"]) assert.equal(second.fields.get(name), null);
  assert.equal(second.fields.get("date"), first.fields.get("date"));
});

const answers: [string, Record<string, string>, Record<string, string>, boolean][] = [
  ["s-maxage", { "cache-control": "s-maxage=60" }, {}, true],
  ["max-age", { "cache-control": "max-age=60" }, {}, true],
  ["s-maxage=0 over max-age", { "cache-control": "s-maxage=0, max-age=60" }, {}, false],
  ["a future Expires", { expires: new Date(Date.now() + 60_000).toUTCString() }, {}, true],
  ["an Expires that is no date", { expires: "0" }, {}, false],
  ["nothing about its freshness", { "last-modified": new Date(0).toUTCString() }, {}, false],
  ["no-store", { "cache-control": "no-store, s-maxage=60" }, {}, false],
  ["private", { "cache-control": "private, s-maxage=60" }, {}, false],
  ["private for one field", { "cache-control": 'private="x-user", s-maxage=60' }, {}, false],
  ["Set-Cookie", { "cache-control": "s-maxage=60", "set-cookie": "a=1" }, {}, false],
  ["Vary: *", { "cache-control": "s-maxage=60", vary: "*" }, {}, false],
  ["Vary by the request id", { "cache-control": "s-maxage=60", vary: "x-request-id" }, {}, false],
  ["max-age to Authorization", { "cache-control": "max-age=60" }, { authorization: "B x" }, false],
  [
    "public to Authorization",
    { "cache-control": "public, max-age=60" },
    { authorization: "B x" },
    true,
  ],
  ["s-maxage to Authorization", { "cache-control": "s-maxage=60" }, { authorization: "B x" }, true],
];
for (const [what, fields, request, kept] of answers) {
  test(`an answer with ${what} is ${kept ? "" : "not "}told to the next client`, async (t) => {
    const { get } = await chain(t, numbered(fields), {});
    await get("/", request);
    const { body, cache } = await get("/", request);
    assert.equal(body, kept ? "answer 1" : "answer 2", cache);
  });
}

test("one visitor's answer is not for another with Authorization unless it says so", async (t) => {
  const { get } = await chain(t, numbered({ "cache-control": "max-age=60" }), {});
  assert.equal((await get("/", {})).body, "answer 1");
  assert.equal((await get("/", { authorization: "B x" })).body, "answer 2");
  assert.equal((await get("/", {})).body, "answer 1");
});

test("answers that vary are kept apart, by codings that the client can read in any order", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=60", vary: "Accept-Encoding, X-Kind" });
  const { get } = await chain(t, listener, {});
  const body = async (headers: Record<string, string>) => (await get("/", headers)).body;
  assert.equal(await body({ "accept-encoding": "gzip, br;q=0.5" }), "answer 1");
  assert.equal(await body({ "accept-encoding": "br,gzip" }), "answer 1");
  assert.equal(await body({ "accept-encoding": "gzip" }), "answer 2");
  assert.equal(await body({ "accept-encoding": "gzip, br;q=0" }), "answer 3");
  assert.equal(await body({ "accept-encoding": "gzip", "x-kind": "b" }), "answer 4");
  assert.equal(await body({ "accept-encoding": "gzip" }), "answer 2");
});

test("a field that never reaches the application chooses no variant", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, {
      "cache-control": "s-maxage=60",
      vary: "Accept-Language, X-Forwarded-For",
    });
    response.end(`${request.headers["accept-language"]} ${request.headers["x-forwarded-for"]}`);
  };
  const { url, get } = await chain(t, listener, {});
  await exchangeBytes(
    url,
    `GET / HTTP/1.1\r\nHost: ${new URL(url).host}\r\nConnection: accept-language, close\r\n` +
      "Accept-Language: de\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n",
  );
  assert.equal((await get("/", { "accept-language": "de" })).body, "de 127.0.0.1");
});

test("hosts, schemes and queries have answers of their own", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=60" });
  const { get } = await chain(t, listener, { trustedProxies: ["127.0.0.1"] });
  assert.equal((await get("/", {})).body, "answer 1");
  assert.equal((await get("/?a", {})).body, "answer 2");
  assert.equal((await get("/", { "x-forwarded-proto": "https" })).body, "answer 3");
  assert.equal((await get("/", { "x-forwarded-host": "b.example" })).body, "answer 4");
  const port = { "x-forwarded-host": "b.example", "x-forwarded-port": "81" };
  assert.equal((await get("/", port)).body, "answer 5");
  assert.equal((await get("/", {})).body, "answer 1");
});

test("a stale answer is confirmed by 304, whose fields replace the stored ones", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, asked: number) => {
    const fields = { "cache-control": "public, max-age=0", etag: '"v1"', "x-asked": String(asked) };
    const confirmed = request.headers["if-none-match"] === '"v1"';
    response.writeHead(confirmed ? 304 : 200, fields);
    response.end(confirmed ? undefined : "the content");
  };
  const { get } = await chain(t, listener, {});
  await get("/", {});
  const { status, body, cache, fields } = await get("/", {});
  assert.deepEqual([status, body], [200, "the content"]);
  assert.equal(cache, "gatehouse; fwd=stale; fwd-status=304; stored");
  assert.deepEqual([fields.get("x-asked"), fields.get("age")], ["2", null]);
});

test("a 304 that speaks of something else has the whole asked for", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, asked: number) => {
    const conditional = request.headers["if-none-match"] !== undefined;
    response.writeHead(conditional ? 304 : 200, {
      "cache-control": "public, max-age=0",
      etag: `"${asked}"`,
    });
    response.end(conditional ? undefined : `answer ${asked}`);
  };
  const { get } = await chain(t, listener, {});
  assert.equal((await get("/", {})).body, "answer 1");
  assert.equal((await get("/", {})).body, "answer 3");
});

test("a client that has the answer gets 304 from memory, and one that wants a part gets it", async (t) => {
  const modified = new Date(1e12).toUTCString();
  const listener = numbered({
    "cache-control": "s-maxage=60",
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
    [206, "ans", "bytes 0-2/8"],
  );
  assert.equal((await get("/", { range: "bytes=-1" })).body, "1");
  assert.equal((await get("/", { range: "bytes=9-" })).status, 416);
  assert.equal((await get("/", { range: "bytes=0-2", "if-range": '"old"' })).body, "answer 1");
  const head = await fetch(url, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), "8");
  assert.equal(requests.length, 1);
});

test("a conditional first request fills the store, and its client gets 304", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=60", etag: '"v1"' });
  const { get, requests } = await chain(t, listener, {});
  assert.equal((await get("/", { "if-none-match": '"v1"' })).status, 304);
  assert.equal(requests[0]?.headers["if-none-match"], undefined);
  const { body } = await eventually(
    () => get("/", {}),
    ({ cache }) => cache.includes("hit"),
  );
  assert.equal(body, "answer 1");
});

test("a request for a part of what is not stored goes through as it is", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(206, { "cache-control": "s-maxage=60", "content-range": "bytes 0-0/9" });
    response.end(request.headers.range);
  };
  const { get, requests } = await chain(t, listener, {});
  assert.equal((await get("/", { range: "bytes=0-0" })).body, "bytes=0-0");
  await get("/", { range: "bytes=0-0" });
  assert.equal(requests.length, 2);
});

test("a change by POST makes its own address and the ones it names be asked for anew", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, asked: number) => {
    const changed = request.method === "POST";
    response.writeHead(changed ? 303 : 200, {
      "cache-control": "s-maxage=60",
      ...(changed ? { location: "/list" } : {}),
    });
    response.end(`answer ${asked}`);
  };
  const { get, url } = await chain(t, listener, {});
  for (const path of ["/list", "/item", "/other"]) await get(path, {});
  const posted = await fetch(`${url}/item`, { method: "POST", redirect: "manual" });
  assert.equal(posted.headers.get("cache-status"), "gatehouse; fwd=method");
  assert.equal((await get("/list", {})).body, "answer 5");
  assert.equal((await get("/item", {})).body, "answer 6");
  assert.equal((await get("/other", {})).body, "answer 3");
});

test("a POST that fails changes nothing", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse, asked: number) => {
    response.writeHead(request.method === "POST" ? 422 : 200, { "cache-control": "s-maxage=60" });
    response.end(`answer ${asked}`);
  };
  const { get, url } = await chain(t, listener, {});
  await get("/", {});
  await fetch(url, { method: "POST" });
  assert.equal((await get("/", {})).body, "answer 1");
});

test("no client can have the application asked, and only-if-cached spares it", async (t) => {
  const { get } = await chain(t, numbered({ "cache-control": "s-maxage=60" }), {});
  assert.equal((await get("/", { "cache-control": "only-if-cached" })).status, 504);
  await get("/", {});
  for (const word of ["no-cache", "no-store", "max-age=0", "only-if-cached", "min-fresh=999"]) {
    assert.equal((await get("/", { "cache-control": word, pragma: "no-cache" })).body, "answer 1");
  }
});

test("purge forgets an address, a prefix or everything", async (t) => {
  const { get, edge, requests } = await chain(t, numbered({ "cache-control": "s-maxage=60" }), {});
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

test("a store of no bytes leaves the answers alone", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=60" });
  const { get } = await chain(t, listener, { cacheSize: 0 });
  await get("/", {});
  const { body, cache } = await get("/", {});
  assert.deepEqual([body, cache], ["answer 2", ""]);
});

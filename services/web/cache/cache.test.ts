import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { chain, numbered } from "../testing/cache.ts";
import { eventually, exchangeBytes } from "../testing/edge.ts";

test("a response with s-maxage is fetched once, then sent from the store with its age", async (t) => {
  const { get, requests } = await chain(t, numbered({ "cache-control": "s-maxage=3600" }), {});
  const began = performance.now();
  const first = await get("/", {});
  assert.deepEqual([first.body, first.cache], ["response 1", "gatehouse; fwd=uri-miss; stored"]);
  assert.equal(first.fields.get("age"), null);
  const second = await get("/", {});
  assert.equal(second.body, "response 1");
  // Date has seconds only: the age may be one more than the seconds that have passed.
  const most = Math.ceil((performance.now() - began) / 1000) + 1;
  const age = Number(second.fields.get("age") ?? Number.NaN);
  assert.ok(age >= 0 && age <= most, `${age} s`);
  const ttl = Number(/^gatehouse; hit; ttl=(\d+)$/.exec(second.cache)?.[1]);
  assert.ok(ttl <= 3600 && ttl >= 3600 - most, second.cache);
  assert.equal(second.fields.get("content-length"), "10");
  assert.equal(requests.length, 1);
});

test("fields of one request are not sent with the next response", async (t) => {
  const listener = numbered({
    "cache-control": "s-maxage=3600",
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

const responses: [string, Record<string, string>, Record<string, string>, boolean][] = [
  ["s-maxage", { "cache-control": "s-maxage=3600" }, {}, true],
  ["max-age", { "cache-control": "max-age=3600" }, {}, true],
  ["s-maxage=0 over max-age", { "cache-control": "s-maxage=0, max-age=3600" }, {}, false],
  ["a future Expires", { expires: new Date(Date.now() + 60_000).toUTCString() }, {}, true],
  ["a malformed Expires", { expires: "0" }, {}, false],
  ["no explicit lifetime", { "last-modified": new Date(0).toUTCString() }, {}, false],
  ["no-store", { "cache-control": "no-store, s-maxage=3600" }, {}, false],
  ["private", { "cache-control": "private, s-maxage=3600" }, {}, false],
  ["private for one field", { "cache-control": 'private="x-user", s-maxage=3600' }, {}, false],
  ["Set-Cookie", { "cache-control": "s-maxage=3600", "set-cookie": "a=1" }, {}, false],
  ["Vary: *", { "cache-control": "s-maxage=3600", vary: "*" }, {}, false],
  ["Vary by the request id", { "cache-control": "s-maxage=3600", vary: "x-request-id" }, {}, false],
  [
    "max-age to Authorization",
    { "cache-control": "max-age=3600" },
    { authorization: "B x" },
    false,
  ],
  [
    "public to Authorization",
    { "cache-control": "public, max-age=3600" },
    { authorization: "B x" },
    true,
  ],
  [
    "s-maxage to Authorization",
    { "cache-control": "s-maxage=3600" },
    { authorization: "B x" },
    true,
  ],
];
for (const [what, fields, request, stored] of responses) {
  test(`a response with ${what} is ${stored ? "" : "not "}sent to the next client`, async (t) => {
    const { get } = await chain(t, numbered(fields), {});
    await get("/", request);
    const { body, cache } = await get("/", request);
    assert.equal(body, stored ? "response 1" : "response 2", cache);
  });
}

test("a response is used for requests with Authorization only if it allows it", async (t) => {
  const { get } = await chain(t, numbered({ "cache-control": "max-age=3600" }), {});
  assert.equal((await get("/", {})).body, "response 1");
  assert.equal((await get("/", { authorization: "B x" })).body, "response 2");
  assert.equal((await get("/", {})).body, "response 1");
});

test("variants are stored apart, and the order of the accepted codings does not matter", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=3600", vary: "Accept-Encoding, X-Kind" });
  const { get } = await chain(t, listener, {});
  const body = async (headers: Record<string, string>) => (await get("/", headers)).body;
  assert.equal(await body({ "accept-encoding": "gzip, br;q=0.5" }), "response 1");
  assert.equal(await body({ "accept-encoding": "br,gzip" }), "response 1");
  assert.equal(await body({ "accept-encoding": "gzip" }), "response 2");
  assert.equal(await body({ "accept-encoding": "gzip, br;q=0" }), "response 3");
  assert.equal(await body({ "accept-encoding": "gzip", "x-kind": "b" }), "response 4");
  assert.equal(await body({ "accept-encoding": "gzip" }), "response 2");
});

test("a field that does not reach the application selects no variant", async (t) => {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, {
      "cache-control": "s-maxage=3600",
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

test("hosts, schemes, ports and queries have responses of their own", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=3600" });
  const { get } = await chain(t, listener, { trustedProxies: ["127.0.0.1"] });
  assert.equal((await get("/", {})).body, "response 1");
  assert.equal((await get("/?a", {})).body, "response 2");
  assert.equal((await get("/", { "x-forwarded-proto": "https" })).body, "response 3");
  assert.equal((await get("/", { "x-forwarded-host": "b.example" })).body, "response 4");
  const port = { "x-forwarded-host": "b.example", "x-forwarded-port": "81" };
  assert.equal((await get("/", port)).body, "response 5");
  assert.equal((await get("/", {})).body, "response 1");
});

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

test("a conditional first request fills the store, and its client gets 304", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=3600", etag: '"v1"' });
  const { get, requests } = await chain(t, listener, {});
  assert.equal((await get("/", { "if-none-match": '"v1"' })).status, 304);
  assert.equal(requests[0]?.headers["if-none-match"], undefined);
  const { body } = await eventually(
    () => get("/", {}),
    ({ cache }) => cache.includes("hit"),
  );
  assert.equal(body, "response 1");
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

test("of a request's directives only only-if-cached is obeyed", async (t) => {
  const { get } = await chain(t, numbered({ "cache-control": "s-maxage=3600" }), {});
  assert.equal((await get("/", { "cache-control": "only-if-cached" })).status, 504);
  await get("/", {});
  for (const directive of [
    "no-cache",
    "no-store",
    "max-age=0",
    "only-if-cached",
    "min-fresh=999",
  ]) {
    assert.equal(
      (await get("/", { "cache-control": directive, pragma: "no-cache" })).body,
      "response 1",
    );
  }
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

test("a store of 0 bytes switches the cache off", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=3600" });
  const { get } = await chain(t, listener, { cacheSize: 0 });
  await get("/", {});
  const { body, cache } = await get("/", {});
  assert.deepEqual([body, cache], ["response 2", ""]);
});

import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { chain, numbered } from "../testing/cache.ts";
import { exchangeBytes } from "../testing/edge.ts";

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

test("responses that vary are stored separately, and each is sent to its own requests", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=3600", vary: "Accept-Language, X-Kind" });
  const { get } = await chain(t, listener, {});
  const body = async (headers: Record<string, string>) => (await get("/", headers)).body;
  assert.equal(await body({ "accept-language": "de" }), "response 1");
  assert.equal(await body({ "accept-language": "en" }), "response 2");
  assert.equal(await body({ "accept-language": "de", "x-kind": "b" }), "response 3");
  assert.equal(await body({ "accept-language": "de" }), "response 1");
  assert.equal(await body({ "accept-language": "en" }), "response 2");
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

test("a store of 0 bytes switches the cache off", async (t) => {
  const listener = numbered({ "cache-control": "s-maxage=3600" });
  const { get } = await chain(t, listener, { cacheSize: 0 });
  await get("/", {});
  const { body, cache } = await get("/", {});
  assert.deepEqual([body, cache], ["response 2", ""]);
});

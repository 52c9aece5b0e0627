import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientSide } from "@gatehouse/http";
import { invalidatedKeys, isPurged, isSafe } from "./invalidation.ts";
import { keyOf } from "./key.ts";

const client: ClientSide = {
  address: "192.0.2.1",
  scheme: "https",
  host: "a.example",
  port: 443,
};
const PLAIN = { ...client, scheme: "http", port: 80 } as const;

test("addresses that differ in scheme, host, port, path or query have different keys", () => {
  const keys = [
    keyOf(client, "/a"),
    keyOf({ ...client, scheme: "http" }, "/a"),
    keyOf({ ...client, host: "b.example" }, "/a"),
    keyOf({ ...client, port: 8443 }, "/a"),
    keyOf(client, "/A"),
    keyOf(client, "/a?"),
    keyOf(client, "/a?b"),
  ];
  assert.equal(new Set(keys).size, keys.length);
});

/** Which of these addresses a POST to /form/new invalidates. */
function invalidated(status: number, fields: string[], addresses: string[]) {
  const request = { client, target: "/form/new" } as Parameters<typeof invalidatedKeys>[0];
  const keys = invalidatedKeys(request, status, fields);
  return addresses.filter((address) => keys.includes(keyOf(client, address)));
}

test("an unsafe request that succeeds invalidates its address, over both schemes", () => {
  for (const status of [200, 204, 303, 399]) {
    assert.deepEqual(invalidated(status, [], ["/form/new", "/form"]), ["/form/new"], `${status}`);
  }
  for (const status of [103, 199, 400, 404, 500]) {
    assert.deepEqual(invalidated(status, [], ["/form/new"]), [], `${status}`);
  }
  const request = { client, target: "/a?b" } as Parameters<typeof invalidatedKeys>[0];
  const keys = invalidatedKeys(request, 200, []);
  assert.ok(keys.includes(keyOf(client, "/a?b")));
  assert.ok(keys.includes(keyOf(PLAIN, "/a?b")));
});

test("Location and Content-Location are invalidated too, on the same host only", () => {
  const cases: [string, string, string][] = [
    ["Location", "/7?q=1", "/7?q=1"],
    ["Location", "8", "/form/8"],
    ["Content-Location", "../7", "/7"],
    ["Location", "https://a.example/7", "/7"],
    ["Location", "HTTP://A.example:443/7", ""],
    ["Location", "https://b.example/7", ""],
    ["Location", "//b.example/7", ""],
    ["Location", "http://[", ""],
    ["Link", "/7", ""],
  ];
  for (const [name, value, expected] of cases) {
    const found = invalidated(201, [name, value], ["/7", "/7?q=1", "/form/8"]);
    assert.deepEqual(found, expected === "" ? [] : [expected], `${name}: ${value}`);
  }
});

test("only methods that change nothing leave what is stored", () => {
  for (const method of [
    "GET",
    "HEAD",
    "OPTIONS",
    "PROPFIND",
    "QUERY",
    "REPORT",
    "SEARCH",
    "TRACE",
  ]) {
    assert.equal(isSafe(method), true, method);
  }
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "get", "X-OWN"]) {
    assert.equal(isSafe(method), false, method);
  }
});

test("an operator removes all, one address or all that begin so, of one origin or of every one", () => {
  const key = keyOf(client, "/a?b");
  for (const [what, address, expected] of [
    ["address", "/a?b", true],
    ["address", "/a", false],
    ["address", "https://a.example/a?b", true],
    ["address", "http://a.example/a?b", false],
    ["address", "https://b.example/a?b", false],
    ["prefix", "/a", true],
    ["prefix", "/", true],
    ["prefix", "/b", false],
    ["prefix", "https://a.example/", true],
    ["prefix", "https://b.example/", false],
  ] as const) {
    assert.equal(isPurged(key, { what, address }), expected, `${what} ${address}`);
  }
  assert.equal(isPurged(key, { what: "all" }), true);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { chain, numbered } from "../testing/cache.ts";
import { freshnessOf } from "./freshness.ts";
import { Head } from "./head.ts";
import { isStorable } from "./storable.ts";
import { readTargeted } from "./targeted.ts";

/** Fields that are Dictionaries (RFC 9651, section 3.2), and what counts of them. */
const valid: [string, Record<string, number>][] = [
  ["max-age=60", { "max-age": 60 }],
  ["  no-store  ", { "no-store": 0 }],
  ["max-age=60, no-cache", { "max-age": 60, "no-cache": 0 }],
  ["max-age=60 \t,\tmust-revalidate=?1", { "max-age": 60, "must-revalidate": 0 }],
  ['no-cache="set-cookie, x"', { "no-cache": 0 }],
  ["max-age=999999999999999", { "max-age": 2 ** 31 }],
  // Of a key that is there twice the last value counts (RFC 9651, section 4.2.2).
  ["max-age=60, max-age=30", { "max-age": 30 }],
  ["no-store, no-store=?0", {}],
  // Parameters are ignored (RFC 9213, section 2.1).
  ['max-age=60;x;y="a, b";z=1.5, private; q=?0', { "max-age": 60, private: 0 }],
  // A value of another type is not consumed (RFC 9213, section 2.1).
  ['max-age="60"', {}],
  ["max-age=60.5", {}],
  ["max-age=sixty", {}],
  ["max-age", {}],
  ["max-age=-5", {}],
  ["no-store=?0", {}],
  ["no-store=1", {}],
  ["private=(a b), max-age=60", { "max-age": 60 }],
  ['x=(1 "b";c=1 :aGk=:  tok), y=:aGk=:, z=@1659578233, w=%"f%c3%bc", max-age=1', { "max-age": 1 }],
  ["x-unknown, *a-._=a/b:c", { "x-unknown": 0 }],
];
for (const [field, directives] of valid) {
  test(`a targeted field: ${field}`, () => {
    assert.deepEqual(Object.fromEntries(readTargeted(field) ?? [["invalid", 1]]), directives);
  });
}

for (const field of [
  ...["", "   ", "max-age=60,", ",max-age=60", "max-age=60,,no-store", "max-age=60; ;x"],
  ...[
    "Max-Age=60",
    "max-age = 60",
    "max-age=60 no-store",
    "max-age=1234567890123456",
    "max-age=1.",
  ],
  ...[
    'no-cache="open',
    'no-cache="\\x"',
    "no-cache=''",
    "x=(1 2",
    "x=(1,2)",
    "x=((1))",
    "x=?2",
    "1x",
  ],
  ...["max-age=60\xa0", "max-age=60 ;q=1", "max-age=60;Q=1", 'x="\xe4"', "max-age=", "x=:a b:"],
]) {
  test(`no targeted field: ${JSON.stringify(field)}`, () => {
    assert.equal(readTargeted(field), undefined);
  });
}

const head = (fields: Record<string, string>) => new Head(200, Object.entries(fields).flat());

test("a targeted field replaces Cache-Control and Expires", () => {
  const expires = new Date(Date.now() + 60_000).toUTCString();
  const longer = head({ "cdn-cache-control": "max-age=600", "cache-control": "no-store" });
  assert.deepEqual([isStorable(longer, false), freshnessOf(longer).lifetime], [true, 600_000]);
  const never = head({ "cdn-cache-control": "no-store", "cache-control": "s-maxage=60", expires });
  assert.equal(isStorable(never, false), false);
  const silent = head({ "cdn-cache-control": "no-transform", expires });
  assert.equal(freshnessOf(silent).lifetime, 0);
  const shared = head({ "cdn-cache-control": "max-age=60, s-maxage=0" });
  assert.equal(freshnessOf(shared).lifetime, 0, "a shared cache prefers s-maxage");
});

test("the rules of a shared cache count for a targeted field as well", () => {
  assert.equal(isStorable(head({ "cdn-cache-control": "private, max-age=60" }), false), false);
  assert.equal(isStorable(head({ "cdn-cache-control": "max-age=60" }), true), false);
  assert.equal(isStorable(head({ "cdn-cache-control": "public, max-age=60" }), true), true);
  const both = { "cdn-cache-control": "max-age=60", "cache-control": "public" };
  assert.equal(isStorable(head(both), true), false, "Cache-Control does not add to it");
});

test("a targeted field has a page kept that Next caches too", () => {
  const page = { "x-nextjs-cache": "HIT", "cache-control": "s-maxage=31536000" };
  assert.equal(isStorable(head(page), false), false);
  assert.equal(isStorable(head({ ...page, "cdn-cache-control": "s-maxage=5" }), false), true);
});

test("an invalid targeted field is as if it was not there", () => {
  const response = head({ "cdn-cache-control": "max-age=600,", "cache-control": "max-age=60" });
  assert.equal(freshnessOf(response).lifetime, 60_000);
});

test("several targeted fields are one", () => {
  const response = new Head(200, [
    "CDN-Cache-Control",
    "max-age=60",
    "cdn-cache-control",
    "private",
  ]);
  assert.equal(isStorable(response, false), false);
});

test("the edge stores by CDN-Cache-Control, and passes it on", async (t) => {
  const listener = numbered({ "cdn-cache-control": "max-age=3600", "cache-control": "no-store" });
  const { get } = await chain(t, listener, {});
  assert.equal((await get("/", {})).body, "response 1");
  const { body, fields } = await get("/", {});
  assert.equal(body, "response 1");
  assert.equal(fields.get("cdn-cache-control"), "max-age=3600");
  assert.equal(fields.get("cache-control"), "no-store");
});

test("an address that was not for sharing is stored once CDN-Cache-Control says so", async (t) => {
  const { get } = await chain(
    t,
    (_, response, count) => {
      if (count > 2) response.setHeader("CDN-Cache-Control", "max-age=3600");
      response.end(`response ${count}`);
    },
    {},
  );
  const bodies: string[] = [];
  for (let count = 0; count < 5; count++) bodies.push((await get("/", {})).body);
  assert.deepEqual(bodies.slice(2), ["response 3", "response 3", "response 3"]);
});

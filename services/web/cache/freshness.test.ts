import assert from "node:assert/strict";
import { test } from "node:test";
import { freshnessOf, initialAge } from "./freshness.ts";
import { Head } from "./head.ts";
import { isStorable } from "./storable.ts";

const head = (fields: Record<string, string>, status = 200) =>
  new Head(status, Object.entries(fields).flat());
const cacheControl = (value: string) => head({ "Cache-Control": value });
const NOW = Date.UTC(2026, 0, 1, 12);
const at = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString();

const lifetimes: [string, Head, number][] = [
  ["s-maxage outranks max-age", cacheControl("max-age=1, s-maxage=2"), 2],
  [
    "max-age outranks Expires",
    head({ "Cache-Control": "max-age=1", Expires: at(9), Date: at(0) }),
    1,
  ],
  ["Expires counts from Date", head({ Expires: at(9), Date: at(4) }), 5],
  ["an Expires before Date is stale", head({ Expires: at(1), Date: at(4) }), 0],
  ["a malformed Expires is stale", head({ Expires: "0", Date: at(0) }), 0],
  [
    "Expires in RFC 850's form",
    head({ Expires: "Thursday, 01-Jan-26 12:00:09 GMT", Date: at(0) }),
    9,
  ],
  ["no explicit lifetime is not fresh", head({ "Last-Modified": at(-9999) }), 0],
  ["directives are case-insensitive", cacheControl("Max-AGE=7"), 7],
  ["a quoted time counts", cacheControl('max-age="7"'), 7],
  ["a comma within quotes does not separate", cacheControl('x="a, max-age=9", max-age=7'), 7],
  ["of two times the shorter counts", cacheControl("max-age=9, max-age=3"), 3],
  ["a negative time counts as 0", cacheControl("max-age=-5"), 0],
  ["a fraction counts as 0", cacheControl("max-age=5.5"), 0],
  ["a word counts as 0", cacheControl("max-age=soon"), 0],
  ["a directive without its time counts as 0", cacheControl("max-age"), 0],
  ["times above 2^31 count as 2^31", cacheControl("max-age=99999999999999999999"), 2 ** 31],
  ["no-cache is never fresh", cacheControl("no-cache, max-age=60"), 0],
  ["must-revalidate is fresh for its time", cacheControl("must-revalidate, max-age=60"), 60],
  ["proxy-revalidate is fresh for its time", cacheControl("proxy-revalidate, max-age=60"), 60],
  ["a longer name is another directive", cacheControl("x-max-age=60"), 0],
];
for (const [what, response, seconds] of lifetimes) {
  test(`freshness: ${what}`, () => assert.equal(freshnessOf(response).lifetime, seconds * 1000));
}

test("freshness: several fields are one list", () => {
  const response = new Head(200, ["cache-control", "public", "Cache-Control", "s-maxage=3"]);
  assert.equal(freshnessOf(response).lifetime, 3000);
  assert.ok(response.directives.has("public"));
});

const staleUses: [string, number, number][] = [
  ["max-age=1, stale-while-revalidate=2, stale-if-error=3", 2, 3],
  ["s-maxage=1, stale-while-revalidate=2", 2, 0],
  ["max-age=1, stale-while-revalidate=2, must-revalidate", 0, 0],
  ["max-age=1, stale-if-error=2, proxy-revalidate", 0, 0],
  ["no-cache, stale-if-error=2", 0, 0],
];
for (const [value, background, error] of staleUses) {
  test(`stale use: ${value}`, () => {
    const { staleWhileRevalidate, staleIfError } = freshnessOf(cacheControl(value));
    assert.deepEqual([staleWhileRevalidate, staleIfError], [background * 1000, error * 1000]);
  });
}

const ages: [string, Head, number, number][] = [
  ["a response of this moment is as old as the delay", head({ Date: at(0) }), 300, 300],
  [
    "Date has seconds only, and the response may be from the end of that second",
    head({ Date: at(-1) }),
    0,
    0,
  ],
  ["an old Date is an age", head({ Date: at(-10) }), 0, 9000],
  ["Age adds to the delay", head({ Date: at(0), Age: "5" }), 300, 5300],
  ["of a list of ages the first counts", head({ Date: at(0), Age: "5, 0" }), 0, 5000],
  ["a malformed Age is ignored", head({ Date: at(0), Age: "5.5" }), 0, 0],
  ["a Date of the future is no age", head({ Date: at(60) }), 0, 0],
  ["without a Date only the delay counts", head({}), 40, 40],
];
for (const [what, response, delay, age] of ages) {
  test(`age: ${what}`, () => assert.equal(initialAge(response, delay, NOW), age));
}

const storable: [string, Head, boolean, boolean][] = [
  ["200 for a minute", cacheControl("max-age=60"), false, true],
  ["301 for a minute", head({ "Cache-Control": "max-age=60" }, 301), false, true],
  ["404 for a minute", head({ "Cache-Control": "max-age=60" }, 404), false, true],
  ["206", head({ "Cache-Control": "max-age=60" }, 206), false, false],
  ["500", head({ "Cache-Control": "max-age=60" }, 500), false, false],
  ["an unknown status", head({ "Cache-Control": "max-age=60" }, 299), false, false],
  ["no-store", cacheControl("no-store, public, max-age=60"), false, false],
  ["private", cacheControl("private, max-age=60"), false, false],
  ["a cookie", head({ "Cache-Control": "max-age=60", "Set-Cookie": "a=1" }), false, false],
  [
    "a protected file",
    head({ "Cache-Control": "max-age=60", "X-Accel-Redirect": "/x" }),
    false,
    false,
  ],
  [
    "a page that Next caches and forgets itself",
    head({ "Cache-Control": "s-maxage=31536000", "X-Nextjs-Cache": "HIT" }),
    false,
    false,
  ],
  [
    "an image that Next has optimized",
    head({ "Cache-Control": "public, max-age=14400", "X-Nextjs-Cache": "HIT" }),
    false,
    true,
  ],
  [
    "stale from the start, with stale-while-revalidate",
    cacheControl("max-age=0, stale-while-revalidate=9"),
    false,
    true,
  ],
  ["public with a validator", head({ "Cache-Control": "public", ETag: '"1"' }), false, true],
  ["public without one", cacheControl("public"), false, false],
  ["no-cache without public", head({ "Cache-Control": "no-cache", ETag: '"1"' }), false, false],
  ["max-age, to Authorization", cacheControl("max-age=60"), true, false],
  ["public, to Authorization", cacheControl("public, max-age=60"), true, true],
  ["must-revalidate, to Authorization", cacheControl("must-revalidate, max-age=60"), true, true],
  ["s-maxage, to Authorization", cacheControl("s-maxage=60"), true, true],
];
for (const [what, response, authorized, expected] of storable) {
  test(`storable: ${what}: ${expected ? "yes" : "no"}`, () =>
    assert.equal(isStorable(response, authorized), expected));
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerHead } from "./answer-head.ts";
import { freshnessOf, initialAge } from "./freshness.ts";
import { isStorable } from "./storable.ts";

const head = (fields: Record<string, string>, status = 200) =>
  new AnswerHead(status, Object.entries(fields).flat());
const saying = (words: string) => head({ "Cache-Control": words });
const NOW = Date.UTC(2026, 0, 1, 12);
const at = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString();

const lifetimes: [string, AnswerHead, number][] = [
  ["s-maxage outranks max-age", saying("max-age=1, s-maxage=2"), 2],
  [
    "max-age outranks Expires",
    head({ "Cache-Control": "max-age=1", Expires: at(9), Date: at(0) }),
    1,
  ],
  ["Expires counts from Date", head({ Expires: at(9), Date: at(4) }), 5],
  ["an Expires before Date is stale", head({ Expires: at(1), Date: at(4) }), 0],
  ["an Expires that is no date is stale", head({ Expires: "0", Date: at(0) }), 0],
  [
    "Expires in RFC 850's form",
    head({ Expires: "Thursday, 01-Jan-26 12:00:09 GMT", Date: at(0) }),
    9,
  ],
  ["nothing said is not fresh", head({ "Last-Modified": at(-9999) }), 0],
  ["names of directives have no case", saying("Max-AGE=7"), 7],
  ["a quoted span counts", saying('max-age="7"'), 7],
  ["a comma within quotes parts nothing", saying('x="a, max-age=9", max-age=7'), 7],
  ["of two spans the shorter counts", saying("max-age=9, max-age=3"), 3],
  ["a negative span is none", saying("max-age=-5"), 0],
  ["a fraction is none", saying("max-age=5.5"), 0],
  ["words are none", saying("max-age=soon"), 0],
  ["a directive without its span is none", saying("max-age"), 0],
  ["spans larger than 2^31 count as that", saying("max-age=99999999999999999999"), 2 ** 31],
  ["no-cache is never fresh", saying("no-cache, max-age=60"), 0],
  ["must-revalidate is fresh for its time", saying("must-revalidate, max-age=60"), 60],
  ["proxy-revalidate is fresh for its time", saying("proxy-revalidate, max-age=60"), 60],
  ["a longer name is another directive", saying("x-max-age=60"), 0],
];
for (const [what, answer, seconds] of lifetimes) {
  test(`freshness: ${what}`, () => assert.equal(freshnessOf(answer).lifetime, seconds * 1000));
}

test("freshness: several fields are one list", () => {
  const answer = new AnswerHead(200, ["cache-control", "public", "Cache-Control", "s-maxage=3"]);
  assert.equal(freshnessOf(answer).lifetime, 3000);
  assert.ok(answer.directives.public);
});

const staleUses: [string, number, number][] = [
  ["max-age=1, stale-while-revalidate=2, stale-if-error=3", 2, 3],
  ["s-maxage=1, stale-while-revalidate=2", 2, 0],
  ["max-age=1, stale-while-revalidate=2, must-revalidate", 0, 0],
  ["max-age=1, stale-if-error=2, proxy-revalidate", 0, 0],
  ["no-cache, stale-if-error=2", 0, 0],
];
for (const [words, behind, error] of staleUses) {
  test(`stale use: ${words}`, () => {
    const { staleWhileRevalidate, staleIfError } = freshnessOf(saying(words));
    assert.deepEqual([staleWhileRevalidate, staleIfError], [behind * 1000, error * 1000]);
  });
}

const ages: [string, AnswerHead, number, number][] = [
  ["an answer from now is as old as the way here took", head({ Date: at(0) }), 300, 300],
  ["Date names a second, and may be its end", head({ Date: at(-1) }), 0, 0],
  ["an old Date is an age", head({ Date: at(-10) }), 0, 9000],
  ["Age adds to the way", head({ Date: at(0), Age: "5" }), 300, 5300],
  ["of a list of ages the first counts", head({ Date: at(0), Age: "5, 0" }), 0, 5000],
  ["an Age that is no number is ignored", head({ Date: at(0), Age: "5.5" }), 0, 0],
  ["a Date of the future is no age", head({ Date: at(60) }), 0, 0],
  ["without a Date only the way counts", head({}), 40, 40],
];
for (const [what, answer, delay, age] of ages) {
  test(`age: ${what}`, () => assert.equal(initialAge(answer, delay, NOW), age));
}

const storable: [string, AnswerHead, boolean, boolean][] = [
  ["200 for a minute", saying("max-age=60"), false, true],
  ["301 for a minute", head({ "Cache-Control": "max-age=60" }, 301), false, true],
  ["404 for a minute", head({ "Cache-Control": "max-age=60" }, 404), false, true],
  ["206", head({ "Cache-Control": "max-age=60" }, 206), false, false],
  ["500", head({ "Cache-Control": "max-age=60" }, 500), false, false],
  ["a status that nobody knows", head({ "Cache-Control": "max-age=60" }, 299), false, false],
  ["no-store", saying("no-store, public, max-age=60"), false, false],
  ["private", saying("private, max-age=60"), false, false],
  ["a cookie", head({ "Cache-Control": "max-age=60", "Set-Cookie": "a=1" }), false, false],
  [
    "a protected file",
    head({ "Cache-Control": "max-age=60", "X-Accel-Redirect": "/x" }),
    false,
    false,
  ],
  [
    "stale from the start, but usable so",
    saying("max-age=0, stale-while-revalidate=9"),
    false,
    true,
  ],
  ["public with a validator", head({ "Cache-Control": "public", ETag: '"1"' }), false, true],
  ["public without one", saying("public"), false, false],
  [
    "no-cache, not said to be for all",
    head({ "Cache-Control": "no-cache", ETag: '"1"' }),
    false,
    false,
  ],
  ["max-age, to Authorization", saying("max-age=60"), true, false],
  ["public, to Authorization", saying("public, max-age=60"), true, true],
  ["must-revalidate, to Authorization", saying("must-revalidate, max-age=60"), true, true],
  ["s-maxage, to Authorization", saying("s-maxage=60"), true, true],
];
for (const [what, answer, authorized, expected] of storable) {
  test(`storable: ${what}: ${expected ? "yes" : "no"}`, () =>
    assert.equal(isStorable(answer, authorized), expected));
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { httpDate, preconditions, sameWeakly, selectedRange, weightedList } from "./index.ts";

const MODIFIED = Date.UTC(2020, 6, 1, 12) / 1000;
const [BEFORE, AT, AFTER] = [-1, 0, 1].map((seconds) =>
  new Date((MODIFIED + seconds) * 1000).toUTCString(),
);
const NONE = { etag: undefined, modified: undefined };

test("the three forms of a date; RFC 9110, section 5.6.7", () => {
  const seconds = Date.UTC(1994, 10, 6, 8, 49, 37) / 1000;
  for (const date of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ]) {
    assert.equal(httpDate(date), seconds, date);
  }
  for (const date of ["", "0", "1994-11-06", "Sun, 06 Nov 1994 08:49:37", "06 Nov 1994"]) {
    assert.equal(httpDate(date), undefined, date);
  }
});

test("a year of two digits lies at most 50 years ahead", () => {
  const year = new Date().getUTCFullYear();
  const inForm = (full: number) => {
    const digits = String(full % 100).padStart(2, "0");
    return new Date((httpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`) ?? 0) * 1000);
  };
  assert.equal(inForm(year + 50).getUTCFullYear(), year + 50);
  assert.equal(inForm(year + 51).getUTCFullYear(), year - 49);
});

test("a representation without validators meets no condition but *", () => {
  assert.equal(preconditions({ "if-match": '"1"' }, NONE), 412);
  assert.equal(preconditions({ "if-match": "*" }, NONE), undefined);
  assert.equal(preconditions({ "if-none-match": '"1"' }, NONE), undefined);
  assert.equal(preconditions({ "if-none-match": "*" }, NONE), 304);
  assert.equal(preconditions({ "if-modified-since": AFTER }, NONE), undefined);
  assert.equal(preconditions({ "if-unmodified-since": BEFORE }, NONE), undefined);
});

test("a weak tag matches If-None-Match, and never If-Match", () => {
  const weak = { etag: 'W/"1"', modified: undefined };
  assert.equal(preconditions({ "if-none-match": '"1"' }, weak), 304);
  assert.equal(preconditions({ "if-none-match": 'W/"1"' }, weak), 304);
  assert.equal(preconditions({ "if-match": 'W/"1"' }, weak), 412);
  assert.equal(preconditions({ "if-match": '"1"' }, weak), 412);
});

test("weak comparison; the table of RFC 9110, section 8.8.3.2", () => {
  assert.equal(sameWeakly('W/"1"', 'W/"1"'), true);
  assert.equal(sameWeakly('W/"1"', 'W/"2"'), false);
  assert.equal(sameWeakly('W/"1"', '"1"'), true);
  assert.equal(sameWeakly('"1"', '"1"'), true);
});

test("If-Range matches by a strong tag or by the exact date", () => {
  const rangeIf = (ifRange: string, etag: string | undefined, modified: number | undefined) =>
    selectedRange({ range: "bytes=0-1", "if-range": ifRange }, { etag, modified }, 10);
  const part = { first: 0, last: 1 };
  assert.deepEqual(rangeIf('"1"', '"1"', undefined), part);
  assert.equal(rangeIf('W/"1"', 'W/"1"', undefined), undefined);
  assert.equal(rangeIf('W/"1"', '"1"', undefined), undefined);
  assert.equal(rangeIf('"1"', undefined, undefined), undefined);
  assert.deepEqual(rangeIf(String(AT), undefined, MODIFIED), part);
  assert.equal(rangeIf(String(AFTER), undefined, MODIFIED), undefined);
  assert.equal(rangeIf("malformed", undefined, undefined), undefined);
});

test("lists with weights; RFC 9110, section 12.4.2", () => {
  assert.deepEqual(weightedList("GZIP, br;q=0.5 , ,*;Q=0,identity ; q=1.000"), [
    ["gzip", 1],
    ["br", 0.5],
    ["*", 0],
    ["identity", 1],
  ]);
  for (const malformed of ["gzip;q=7", "gzip;q=0.1234", "gzip;level=1", "a b", "gzip;q=-1"]) {
    assert.deepEqual(weightedList(malformed), [[malformed, Number.NaN]], malformed);
  }
});

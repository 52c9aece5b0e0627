import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, makeFolder, startMount } from "../testing/files.ts";

const MODIFIED = "Wed, 01 Jul 2026 12:00:00 GMT";
const BEFORE = "Wed, 01 Jul 2026 11:59:59 GMT";
const AFTER = "Wed, 01 Jul 2026 12:00:01 GMT";

async function startPage(t: TestContext) {
  const folder = await makeFolder(t, { "page.txt": "0123456789" });
  await utimes(join(folder, "page.txt"), new Date(MODIFIED), new Date(MODIFIED));
  const url = `${await startMount(t, { folder })}/files/page.txt`;
  const etag = String((await ask(url, {})).headers.etag);
  return { url, etag };
}

test("a file has Last-Modified, a strong ETag and Accept-Ranges", async (t) => {
  const { url, etag } = await startPage(t);
  const { headers } = await ask(url, {});
  assert.equal(headers["last-modified"], MODIFIED);
  assert.match(etag, /^"[^"]+"$/);
  assert.equal(headers["cache-control"], "no-cache");
  assert.equal(headers["accept-ranges"], "bytes");
});

/** ETAG stands for the file's own tag. RFC 9110, section 13.2.2, step by step. */
const table: readonly [string, Record<string, string>, number][] = [
  ["its own tag under If-None-Match", { "if-none-match": "ETAG" }, 304],
  ["its own tag, weakened", { "if-none-match": "W/ETAG" }, 304],
  ["its own tag among others", { "if-none-match": '"a,b", W/"c", ETAG' }, 304],
  ["any tag", { "if-none-match": "*" }, 304],
  ["another tag", { "if-none-match": '"other"' }, 200],
  ["its own tag without quotes, which is malformed", { "if-none-match": "ETAGLESS" }, 200],
  ["the second it was modified", { "if-modified-since": MODIFIED }, 304],
  ["a later second", { "if-modified-since": AFTER }, 304],
  ["an earlier second", { "if-modified-since": BEFORE }, 200],
  [
    "the second in RFC 850's form",
    { "if-modified-since": "Wednesday, 01-Jul-26 12:00:00 GMT" },
    304,
  ],
  ["the second in asctime's form", { "if-modified-since": "Wed Jul  1 12:00:00 2026" }, 304],
  ["a malformed date", { "if-modified-since": "2026-07-01" }, 200],
  [
    "another tag, which outranks a matching date",
    { "if-none-match": '"other"', "if-modified-since": AFTER },
    200,
  ],
  ["its own tag under If-Match", { "if-match": "ETAG" }, 200],
  ["a weak tag under If-Match, which compares strongly", { "if-match": "W/ETAG" }, 412],
  ["another tag under If-Match", { "if-match": '"other"' }, 412],
  ["anything under If-Match", { "if-match": "*" }, 200],
  ["an earlier second under If-Unmodified-Since", { "if-unmodified-since": BEFORE }, 412],
  ["its second under If-Unmodified-Since", { "if-unmodified-since": MODIFIED }, 200],
  ["a malformed date under If-Unmodified-Since", { "if-unmodified-since": "yesterday" }, 200],
  [
    "its own tag under If-Match, which outranks an earlier second",
    { "if-match": "ETAG", "if-unmodified-since": BEFORE },
    200,
  ],
  [
    "a matching If-Match and a matching If-None-Match",
    { "if-match": "ETAG", "if-none-match": "ETAG" },
    304,
  ],
  [
    "a failing If-Match before If-None-Match",
    { "if-match": '"other"', "if-none-match": "ETAG" },
    412,
  ],
];

for (const [what, fields, status] of table) {
  test(`${what} gives ${status}, to GET and HEAD`, async (t) => {
    const { url, etag } = await startPage(t);
    const headers = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        value.replace("ETAGLESS", etag.slice(1, -1)).replace("ETAG", etag),
      ]),
    );
    for (const method of ["GET", "HEAD"]) {
      const response = await ask(url, headers, method);
      assert.equal(response.status, status, method);
      assert.equal(
        response.body.toString(),
        status === 200 && method === "GET" ? "0123456789" : "",
      );
      assert.equal(response.headers.etag, etag);
      if (status !== 304) assert.notEqual(response.headers["content-length"], undefined);
    }
  });
}

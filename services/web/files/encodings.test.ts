import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { ask, makeFolder, startMount } from "../testing/files.ts";
import { acceptedCodings } from "./accept-encoding.ts";

const CSS = "body { color: teal }\n".repeat(50);
const FORMS = {
  identity: Buffer.from(CSS),
  br: brotliCompressSync(CSS),
  zstd: zstdCompressSync(CSS),
  gzip: gzipSync(CSS),
};

async function start(t: TestContext) {
  const folder = await makeFolder(t, {
    "style.css": FORMS.identity,
    "style.css.br": FORMS.br,
    "style.css.zst": FORMS.zstd,
    "style.css.gz": FORMS.gzip,
    "old.css": FORMS.identity,
    "old.css.gz": FORMS.gzip,
    "plain.css": FORMS.identity,
  });
  return `${await startMount(t, { folder })}/files`;
}

/** RFC 9110, section 12.5.3: the acceptable codings, the preferred first. */
const preferences: readonly [string | undefined, readonly string[]][] = [
  [undefined, ["identity"]],
  ["", ["identity"]],
  ["gzip, deflate, br, zstd", ["br", "zstd", "gzip", "identity"]],
  ["gzip", ["gzip", "identity"]],
  ["x-gzip", ["gzip", "identity"]],
  ["GZIP;Q=1", ["gzip", "identity"]],
  ["gzip;q=1.0, br;q=0.5", ["gzip", "br", "identity"]],
  ["gzip;q=0, br", ["br", "identity"]],
  ["identity, gzip;q=0.5", ["identity", "gzip"]],
  ["*", ["br", "zstd", "gzip", "identity"]],
  ["gzip, *;q=0", ["gzip"]],
  ["br;q=0.2, *;q=0.1", ["br", "zstd", "gzip", "identity"]],
  ["identity;q=0, gzip", ["gzip"]],
  ["identity;q=0", []],
  ["*;q=0", []],
  ["*;q=0, identity", ["identity"]],
  ["gzip;q=7", ["identity"]],
  ["deflate, compress", ["identity"]],
];

for (const [field, codings] of preferences) {
  test(`Accept-Encoding: ${field} accepts ${codings.join(", ") || "nothing"}`, () => {
    assert.deepEqual(acceptedCodings(field), codings);
  });
}

test("each coding has its own content, length and tag, and all responses vary", async (t) => {
  const url = `${await start(t)}/style.css`;
  const tags = new Set();
  for (const [coding, content] of Object.entries(FORMS)) {
    const { headers, body } = await ask(url, { "accept-encoding": coding });
    assert.equal(headers["content-encoding"], coding === "identity" ? undefined : coding);
    assert.equal(headers["content-type"], "text/css; charset=utf-8");
    assert.equal(headers.vary, "Accept-Encoding");
    assert.equal(headers["content-length"], String(content.length));
    assert.ok(body.equals(content), coding);
    tags.add(headers.etag);
  }
  assert.equal(tags.size, 4);
});

test("a tag matches its own coding alone, and 304 has Vary as well", async (t) => {
  const url = `${await start(t)}/style.css`;
  const etag = String((await ask(url, { "accept-encoding": "br" })).headers.etag);
  const again = { "accept-encoding": "br", "if-none-match": etag };
  const same = await ask(url, again);
  assert.deepEqual([same.status, same.headers.vary], [304, "Accept-Encoding"]);
  assert.equal((await ask(url, { ...again, "accept-encoding": "gzip" })).status, 200);
});

test("of the codings that a file has the preferred one is sent", async (t) => {
  const url = await start(t);
  const all = { "accept-encoding": "br, zstd, gzip" };
  assert.equal((await ask(`${url}/old.css`, all)).headers["content-encoding"], "gzip");
  const plain = await ask(`${url}/plain.css`, all);
  assert.deepEqual([plain.headers["content-encoding"], plain.headers.vary], [undefined, undefined]);
});

test("a client that refuses every coding of a file gets 406", async (t) => {
  const url = await start(t);
  assert.equal((await ask(`${url}/plain.css`, { "accept-encoding": "identity;q=0" })).status, 406);
  assert.equal((await ask(`${url}/style.css`, { "accept-encoding": "identity;q=0" })).status, 406);
  const gzip = await ask(`${url}/style.css`, { "accept-encoding": "gzip, identity;q=0" });
  assert.equal(gzip.status, 200);
});

test("a range counts bytes of the coding that is sent", async (t) => {
  const headers = { "accept-encoding": "gzip", range: "bytes=0-9" };
  const { status, body } = await ask(`${await start(t)}/style.css`, headers);
  assert.equal(status, 206);
  assert.ok(body.equals(FORMS.gzip.subarray(0, 10)));
});

import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { exchangeBytes } from "../testing/edge.ts";
import { ask, makeFolder, startMount } from "../testing/files.ts";

const MODIFIED = "Wed, 01 Jul 2026 12:00:00 GMT";
const LARGE = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => at % 251));

async function start(t: TestContext) {
  const folder = await makeFolder(t, {
    "ten.txt": "0123456789",
    "none.txt": "",
    "large.bin": LARGE,
  });
  await utimes(join(folder, "ten.txt"), new Date(MODIFIED), new Date(MODIFIED));
  return `${await startMount(t, { folder })}/files`;
}

/** RFC 9110, section 14.1.2; undefined is the whole content. */
const table: readonly [string, string | undefined, string | undefined][] = [
  ["bytes=0-0", "0", "bytes 0-0/10"],
  ["bytes=2-4", "234", "bytes 2-4/10"],
  ["bytes=7-", "789", "bytes 7-9/10"],
  ["bytes=7-99", "789", "bytes 7-9/10"],
  ["bytes=-3", "789", "bytes 7-9/10"],
  ["bytes=-99", "0123456789", "bytes 0-9/10"],
  ["BYTES=2-4", "234", "bytes 2-4/10"],
  ["bytes=4-2", undefined, undefined],
  ["bytes=-", undefined, undefined],
  ["bytes=a-b", undefined, undefined],
  ["bytes=0-1,4-5", undefined, undefined],
  ["bytes=0-,0-,0-,0-", undefined, undefined],
  ["lines=1-2", undefined, undefined],
  ["bytes=0-99999999999999999999", undefined, undefined],
];

for (const [range, content, contentRange] of table) {
  test(`${range} gives ${contentRange ?? "the whole content"}`, async (t) => {
    const response = await ask(`${await start(t)}/ten.txt`, { range });
    assert.equal(response.status, content === undefined ? 200 : 206);
    assert.equal(response.body.toString(), content ?? "0123456789");
    assert.equal(response.headers["content-length"], String(response.body.length));
    assert.equal(response.headers["content-range"], contentRange);
    assert.equal(response.headers["content-type"], "text/plain; charset=utf-8");
  });
}

for (const [name, range] of [
  ["ten.txt", "bytes=10-"],
  ["ten.txt", "bytes=-0"],
  ["none.txt", "bytes=0-"],
  ["none.txt", "bytes=-1"],
] as const) {
  test(`${range} of ${name} is 416 with the length`, async (t) => {
    const response = await ask(`${await start(t)}/${name}`, { range });
    assert.equal(response.status, 416);
    const size = name === "none.txt" ? 0 : 10;
    assert.equal(response.headers["content-range"], `bytes */${size}`);
    assert.equal(response.body.length, 0);
  });
}

test("HEAD ignores ranges", async (t) => {
  const response = await ask(`${await start(t)}/ten.txt`, { range: "bytes=0-1" }, "HEAD");
  assert.deepEqual([response.status, response.headers["content-length"]], [200, "10"]);
});

test("a part of a large file comes from the right place on disk", async (t) => {
  const response = await ask(`${await start(t)}/large.bin`, { range: "bytes=1999999-2200000" });
  assert.equal(response.status, 206);
  assert.ok(response.body.equals(LARGE.subarray(1_999_999, 2_200_001)));
});

test("a range is sent only if If-Range matches", async (t) => {
  const url = `${await start(t)}/ten.txt`;
  const etag = String((await ask(url, {})).headers.etag);
  const statusWith = async (ifRange: string) =>
    (await ask(url, { range: "bytes=0-1", "if-range": ifRange })).status;
  assert.equal(await statusWith(etag), 206);
  assert.equal(await statusWith(MODIFIED), 206);
  assert.equal(await statusWith(`W/${etag}`), 200);
  assert.equal(await statusWith('"other"'), 200);
  assert.equal(await statusWith("Wed, 01 Jul 2026 12:00:01 GMT"), 200);
  assert.equal(await statusWith("malformed"), 200);
});

test("a date that is not in the past is too weak for If-Range: the file may still change", async (t) => {
  const url = `${await start(t)}/ten.txt`;
  const folder = await makeFolder(t, { "new.txt": "0123456789" });
  const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000);
  await utimes(join(folder, "new.txt"), soon, soon);
  const fresh = `${await startMount(t, { folder })}/files/new.txt`;
  const headers = { range: "bytes=0-1", "if-range": soon.toUTCString() };
  assert.equal((await ask(fresh, headers)).status, 200);
  assert.equal((await ask(url, { range: "bytes=0-1", "if-range": MODIFIED })).status, 206);
});

test("a failed precondition outranks a range", async (t) => {
  const url = `${await start(t)}/ten.txt`;
  assert.equal((await ask(url, { range: "bytes=0-1", "if-match": '"x"' })).status, 412);
  assert.equal((await ask(url, { range: "bytes=99-", "if-none-match": "*" })).status, 304);
});

test("pipelined requests for large files get their responses in order and whole", async (t) => {
  const url = await start(t);
  const lines = (close: string) => `GET /files/large.bin HTTP/1.1\r\nHost: a\r\n${close}\r\n`;
  const received = await exchangeBytes(
    url,
    lines("") + lines("Range: bytes=5-9\r\n") + lines("Connection: close\r\n"),
  );
  const bodies = received.split(/HTTP\/1\.1 20[06] [\s\S]*?\r\n\r\n/).slice(1);
  assert.deepEqual(
    bodies.map((body) => Buffer.from(body, "latin1").equals(LARGE)),
    [true, false, true],
  );
  assert.equal(bodies[1], LARGE.toString("latin1", 5, 10));
});

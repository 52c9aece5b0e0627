import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { PNG, Visitor } from "../testing/visitor.ts";

const { site, media } = createTestSite(await openTestDatabase(), { APP_PICTURE_LIMIT: "20000" });
const ada = await new Visitor(site).signUp("Ada");

const part = (name: string, content: string | Buffer, more = "") =>
  Buffer.concat([
    Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ]);
const FILE = `; filename="a.png"`;

for (const [what, body, status, says] of [
  [
    "that ends in its picture",
    part("picture", PNG, FILE).subarray(0, -20),
    400,
    /form is incomplete/,
  ],
  ["without its last boundary", part("title", "A title"), 400, /form is incomplete/],
  ["of raw bytes", part("title", Buffer.of(0xff, 0xfe)), 400, /not valid UTF-8/],
  ["with a NUL", part("title", "a\0b"), 400, /NUL character/],
  ["with a field of 100 KB", part("body", "a".repeat(100_000)), 413, /64 KB/],
  ["with no parts", Buffer.alloc(0), 400, /form is incomplete/],
] as const) {
  test(`an upload ${what} gets ${status}, and leaves no file`, async () => {
    const whole = /NUL|UTF-8|64 KB/.test(String(says));
    const sent = whole ? Buffer.concat([body, Buffer.from("--b--\r\n")]) : body;
    const response = await ada.request("/notices/new", {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=b" },
      body: new Uint8Array(sent),
    });
    assert.equal(response.status, status);
    assert.match(await response.text(), says);
    assert.deepEqual(await readdir(media), []);
  });
}

for (const [what, last, status] of [
  ["a NUL in the next field", part("body", "a\0b"), 400],
  ["bytes in the next field that are not UTF-8", part("body", Buffer.of(0xff)), 400],
  ["a next field of 100 KB", part("body", "a".repeat(100_000)), 413],
  ["no last boundary", Buffer.alloc(0), 400],
] as const) {
  test(`a complete picture and ${what} get ${status}, and leave no file`, async () => {
    const end = last.length === 0 ? "" : "--b--\r\n";
    const body = Buffer.concat([part("picture", PNG, FILE), last, Buffer.from(end)]);
    const response = await ada.request("/notices/new", {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=b" },
      body: new Uint8Array(body),
    });
    assert.equal(response.status, status);
    assert.deepEqual(await readdir(media), []);
  });
}

test("an upload that is aborted in the middle of the picture leaves no file", async () => {
  const begin = part("picture", PNG, FILE).subarray(0, -20);
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(begin)),
    pull: (controller) => controller.error(new Error("the client has aborted")),
  });
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  const init = { method: "POST", headers, body, duplex: "half" } as const;
  assert.equal((await ada.request("/notices/new", init)).status, 400);
  assert.deepEqual(await readdir(media), []);
});

test("an upload that is far too large is refused unread, by its Content-Length", async () => {
  const response = await ada.request("/notices/new", {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=b", "content-length": "999999999" },
    body: part("title", "A title"),
  });
  assert.equal(response.status, 413);
  assert.match(await response.text(), /far too large/);
});

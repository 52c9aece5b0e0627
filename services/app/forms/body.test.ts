import assert from "node:assert/strict";
import { test } from "node:test";
import { readForm } from "./body.ts";

const FORM = "application/x-www-form-urlencoded";

function post(body: string | Uint8Array<ArrayBuffer>, type = FORM): Request {
  const headers = { "content-type": type };
  return new Request("http://board.test/", { method: "POST", headers, body });
}

test("a form is read as its fields", async () => {
  const fields = await readForm(post("name=Zo%C3%AB+L&text=a%26b", `${FORM}; charset=UTF-8`));
  assert.deepEqual(
    [...fields],
    [
      ["name", "Zoë L"],
      ["text", "a&b"],
    ],
  );
});

test("U+FFFD that was typed is not mistaken for broken text", async () => {
  assert.equal((await readForm(post("name=%EF%BF%BD"))).get("name"), "\ufffd");
});

for (const [what, request, status] of [
  ["another content type", post("{}", "application/json"), 415],
  ["no content type", new Request("http://board.test/", { method: "POST" }), 415],
  ["an escape that is not UTF-8", post("name=%FF"), 400],
  ["a surrogate in UTF-8", post("name=%ED%A0%80"), 400],
  ["half an escape", post("name=%4"), 400],
  ["raw bytes that are not UTF-8", post(Uint8Array.of(0x61, 0x3d, 0xff)), 400],
  ["a NUL character", post("name=a%00b"), 400],
  ["more than 64 KB", post(`name=${"a".repeat(65_536)}`), 413],
] as const) {
  test(`${what} is refused with ${status}`, async () => {
    await assert.rejects(readForm(request), { status });
  });
}

test("a body that tells of its size is refused unread", async () => {
  const request = post("name=Ada");
  request.headers.set("content-length", "65537");
  await assert.rejects(readForm(request), { status: 413 });
  assert.equal(request.bodyUsed, false);
});

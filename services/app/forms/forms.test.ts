import assert from "node:assert/strict";
import { test } from "node:test";
import { readForm } from "./body.ts";
import { isValid } from "./fields.ts";
import { parseNotice } from "./notice.ts";

const FORM = "application/x-www-form-urlencoded";

function post(body: string | Uint8Array<ArrayBuffer>, type = FORM): Request {
  const headers = { "content-type": type };
  return new Request("http://board.test/", { method: "POST", headers, body });
}

test("a form is read into its fields", async () => {
  const fields = await readForm(post("name=Zo%C3%AB+L&text=a%26b", `${FORM}; charset=UTF-8`));
  assert.deepEqual(
    [...fields],
    [
      ["name", "Zoë L"],
      ["text", "a&b"],
    ],
  );
});

test("a typed U+FFFD is valid text", async () => {
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

test("a body with a Content-Length over the limit is refused unread", async () => {
  const request = post("name=Ada");
  request.headers.set("content-length", "65537");
  await assert.rejects(readForm(request), { status: 413 });
  assert.equal(request.bodyUsed, false);
});

const parse = (fields: Record<string, string>) =>
  parseNotice(new URLSearchParams(fields), undefined, undefined);

test("spaces and line breaks are normalised before they count", () => {
  const form = parse({ title: "  A \n  cat ", body: "\r\none\r\ntwo\r" });
  assert.deepEqual(form.values, { title: "A cat", body: "one\ntwo", picture: "" });
  assert.ok(isValid(form));
});

test("a text of spaces or invisible characters counts as empty", () => {
  for (const nothing of ["", " \n ", "\u200b\u2060", "\u0301"]) {
    assert.deepEqual(parse({ title: nothing, body: nothing }).errors, {
      title: "Enter a title.",
      body: "Enter your message.",
    });
  }
});

test("lengths count characters, not UTF-16 units", () => {
  assert.ok(isValid(parse({ title: "🏮".repeat(120), body: "🏮".repeat(4000) })));
  const { errors } = parse({ title: "🏮".repeat(121), body: "b".repeat(4001) });
  assert.equal(errors.title, "Use at most 120 characters. You entered 121.");
  assert.equal(errors.body, "Use at most 4000 characters. You entered 4001.");
});

test("a one-time token that is not a UUID is replaced", () => {
  const token = "11111111-2222-4333-8444-555555555555";
  assert.equal(parse({ token }).token, token);
  assert.match(parse({ token: "'; drop table notices" }).token, /^[0-9a-f-]{36}$/);
});

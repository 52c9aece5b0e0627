import assert from "node:assert/strict";
import { test } from "node:test";
import { isValid } from "./form.ts";
import { parseNotice } from "./notice.ts";

const parse = (fields: Record<string, string>) =>
  parseNotice(new URLSearchParams(fields), undefined, undefined);

test("spaces and line breaks are tidied before they count", () => {
  const form = parse({ title: "  A \n  cat ", body: "\r\none\r\ntwo\r" });
  assert.deepEqual(form.values, { title: "A cat", body: "one\ntwo", picture: "" });
  assert.ok(isValid(form));
});

test("a text of spaces, or of characters that nobody sees, is none", () => {
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
  assert.equal(errors.title, "At most 120 characters, please: these are 121.");
  assert.equal(errors.body, "At most 4000 characters, please: these are 4001.");
});

test("a one-time token that is none is replaced by a new one", () => {
  const token = "11111111-2222-4333-8444-555555555555";
  assert.equal(parse({ token }).token, token);
  assert.match(parse({ token: "'; drop table notices" }).token, /^[0-9a-f-]{36}$/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isValid, parseNotice } from "./notice.ts";

const parse = (name: string, text: string) => parseNotice(new URLSearchParams({ name, text }));

test("a notice keeps its line breaks as single characters and loses outer space", () => {
  const form = parse("  Ada \n Lovelace ", "\r\none\r\ntwo\rthree\n");
  assert.ok(isValid(form));
  assert.deepEqual(form.values, { name: "Ada Lovelace", text: "one\ntwo\nthree" });
});

test("missing fields get a message each", () => {
  const form = parseNotice(new URLSearchParams());
  assert.ok(!isValid(form));
  assert.deepEqual(form.errors, { name: "Enter your name.", text: "Enter your message." });
});

test("what no reader could see is no name", () => {
  assert.equal(parse("\u200b\u2060", "text").errors.name, "Enter your name.");
});

test("the limits count characters, not UTF-16 units", () => {
  assert.ok(isValid(parse("🏮".repeat(60), "é".repeat(500))));
  const { errors } = parse("🏮".repeat(61), "é".repeat(501));
  assert.equal(errors.name, "At most 60 characters, please: these are 61.");
  assert.equal(errors.text, "At most 500 characters, please: these are 501.");
});

test("an invalid form keeps what was entered", () => {
  const text = "long ".repeat(2000).trim();
  assert.deepEqual(parse("", text).values, { name: "", text });
});

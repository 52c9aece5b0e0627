import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf } from "./entries.ts";
import { entryList, page } from "./page.ts";

const entry = { id: 1, text: '<b>bold</b> & "quoted"', picture: null, writtenAt: new Date(0) };

test("an entry is shown as it was written, and is no HTML", () => {
  const html = entryList([entry]);
  assert.ok(html.includes("&lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot;"), html);
  assert.ok(!html.includes("<b>"), html);
});

test("a page without entries says so", () => {
  assert.match(page([]), /There are no entries yet/);
});

test("an empty entry and one that is too long are refused with a reason", () => {
  assert.match(problemOf("  ") ?? "", /write something/);
  assert.match(problemOf("x".repeat(501)) ?? "", /at most 500/);
  assert.equal(problemOf("hello"), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadFailure, wordsOf } from "./import-module.ts";

test("what is thrown and is no Error says what is in it", async () => {
  const thrown = [
    ["plain words", "plain words"],
    [{ code: "E_DB", message: "refused" }, "{ code: 'E_DB', message: 'refused' }"],
    [Object.assign(Object.create(null), { a: 1 }), "[Object: null prototype] { a: 1 }"],
    [undefined, "undefined"],
  ] as const;
  for (const [value, words] of thrown) {
    assert.equal(wordsOf(value), words);
    assert.equal((await loadFailure("app.ts", value)).message, `app.ts: it threw ${words}`);
  }
});

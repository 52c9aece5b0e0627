import assert from "node:assert/strict";
import { test } from "node:test";
import { loadFailure, wordsOf } from "./import-module.ts";

test("a thrown value that is not an Error is shown with its content, in one line", async () => {
  const thrown = [
    ["plain\nwords", /^plain words$/],
    [{ code: "E_DB", message: "refused" }, /^\{ code: 'E_DB', message: 'refused' \}$/],
    [
      { code: "E_DB", inside: new Error("refused") },
      /^\{ code: 'E_DB', inside: Error: refused at .+\}$/,
    ],
    [Object.assign(Object.create(null), { a: 1 }), /^\[Object: null prototype\] \{ a: 1 \}$/],
    [undefined, /^undefined$/],
  ] as const;
  for (const [value, words] of thrown) {
    assert.match(wordsOf(value), words);
    const { message } = await loadFailure("app.ts", value);
    assert.equal(message, `app.ts: it threw ${wordsOf(value)}`);
  }
});

test("a program for Bun or Deno is told what Node serves too", async () => {
  for (const runtime of ["Bun", "Deno"]) {
    const { message } = await loadFailure(
      "app.ts",
      new ReferenceError(`${runtime} is not defined`),
    );
    assert.match(
      message,
      /^app\.ts: ReferenceError: (Bun|Deno) is not defined; the gateway runs Node/,
    );
    assert.match(message, /export default \{ fetch \}/);
  }
  const { message } = await loadFailure("app.ts", new ReferenceError("Bunny is not defined"));
  assert.doesNotMatch(message, /runs Node/);
});

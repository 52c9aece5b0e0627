import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { jsonText } from "./json-text.ts";

/** What others can put into a text, with the longest escapes that JSON and UTF-8 have. */
const HOSTILE = [
  '"',
  "\\",
  "\u0000",
  "\u001f",
  "\u007f",
  "\u009b",
  "\u202e",
  "é",
  "\u2028",
  "漢",
  "😀",
  "\ud800",
  "x",
];

test("a line of the log stays under 4 KB, whatever stands in its fields", () => {
  const source = `
    import { createLogger } from "${import.meta.dirname}/logger.ts";
    const logger = createLogger("web", { worker: 1 });
    for (const piece of ${JSON.stringify(HOSTILE)}) {
      const text = piece.repeat(5000);
      const error = Object.assign(new Error(text), { code: text });
      logger.error(text, { a: text, b: error, c: { inside: [text] }, d: text, short: piece, at: 1 });
    }`;
  const flags = ["--input-type=module-typescript", "--eval", source];
  const lines = execFileSync(process.execPath, flags, { encoding: "utf8" }).trimEnd().split("\n");
  assert.equal(lines.length, HOSTILE.length);
  for (const line of lines) {
    assert.ok(Buffer.byteLength(line) < 4096, `${Buffer.byteLength(line)} bytes`);
    // A terminal obeys these, as does who reads the log there.
    assert.ok(!/\p{Cc}|[\u2028-\u202e\u2066-\u2069]/u.test(line), "no control character");
    const { level, message, a, at } = JSON.parse(line);
    assert.deepEqual([level, at], ["error", 1]);
    for (const text of [message, a]) assert.match(text, /.…$/s, "the beginning is kept");
  }
});

test("texts that fit are whole, objects stay objects", () => {
  const source = `
    import { createLogger } from "${import.meta.dirname}/logger.ts";
    createLogger("app", {}).info("done", { name: "Zoë \\"Z\\"", list: ["a", "b"], none: null });`;
  const flags = ["--input-type=module-typescript", "--eval", source];
  const { message, name, list, none } = JSON.parse(
    execFileSync(process.execPath, flags, { encoding: "utf8" }),
  );
  assert.deepEqual([message, name, list, none], ["done", 'Zoë "Z"', ["a", "b"], null]);
});

test("a word of a line has no more bytes than allowed, escapes included, and stays JSON", () => {
  for (const piece of HOSTILE) {
    const text = jsonText(piece.repeat(1000), 100);
    assert.ok(text.length <= 103, `${text.length} bytes of ${JSON.stringify(piece)}`);
    assert.match(text, /^[ -~]{90,}\.\.\.$/);
    assert.ok(piece.repeat(1000).startsWith(JSON.parse(`"${text.slice(0, -3)}"`)));
  }
});

test("a value that JSON cannot have is shown, and ends no process", () => {
  const source = `
    import { createLogger } from "${import.meta.dirname}/logger.ts";
    const circle = {};
    circle.own = circle;
    const stackless = Object.assign(new Error("late"), { stack: ["a list"] });
    const values = { circle, big: 1n, inside: { big: 1n }, symbol: Symbol("s"), stackless };
    createLogger("app", {}).error("thrown", { ...values, nothing: { toJSON() {} }, f() {} });`;
  const flags = ["--input-type=module-typescript", "--eval", source];
  const line = JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" }));
  assert.partialDeepStrictEqual(line, {
    message: "thrown",
    circle: "<ref *1> { own: [Circular *1] }",
    big: "1n",
    inside: "{ big: 1n }",
    symbol: "Symbol(s)",
    stackless: "Error: late",
    nothing: "{ toJSON: [Function: toJSON] }",
    f: "[Function: f]",
  });
});

test("what was thrown has its field, also where that is undefined", () => {
  const source = `
    import { createLogger } from "${import.meta.dirname}/logger.ts";
    createLogger("app", {}).error("failed", { error: undefined, cause: undefined });`;
  const flags = ["--input-type=module-typescript", "--eval", source];
  const line = JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" }));
  assert.equal(line.error, "undefined");
  assert.ok(!("cause" in line));
});

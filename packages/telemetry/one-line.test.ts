import assert from "node:assert/strict";
import { test } from "node:test";
import { oneLine, reasonOf } from "./one-line.ts";

test("any value has its words, in one line", () => {
  const circle: { own?: unknown } = {};
  circle.own = circle;
  const rows: readonly (readonly [unknown, string])[] = [
    ["plain words", "plain words"],
    ["two\n  lines", "two lines"],
    [new TypeError("late"), "TypeError: late"],
    [{ code: "E_DB", port: 5432n }, "{ code: 'E_DB', port: 5432n }"],
    [Object.assign(Object.create(null), { a: 1 }), "[Object: null prototype] { a: 1 }"],
    [circle, "<ref *1> { own: [Circular *1] }"],
    [Symbol("late"), "Symbol(late)"],
    [undefined, "undefined"],
    [
      { [Symbol.for("nodejs.util.inspect.custom")]: () => assert.fail() },
      "a value of type object that cannot be shown",
    ],
  ];
  for (const [value, words] of rows) {
    assert.equal(oneLine(value), words);
    if (!(value instanceof Error) && words !== "two lines") assert.equal(reasonOf(value), words);
  }
  assert.match(oneLine({ inside: new Error("late") }), /^\{ inside: Error: late at .+ \}$/);
  assert.equal(oneLine("x".repeat(5000)).length, 1001);
});

test("an error whose message cannot be read still has a reason", () => {
  const broken = Object.defineProperty(new Error(), "message", {
    get() {
      throw new Error("no message");
    },
  });
  assert.match(reasonOf(broken), /cannot be shown|Error/);
  const proxy = new Proxy({}, { getPrototypeOf: () => assert.fail() });
  assert.equal(typeof reasonOf(proxy), "string");
});

test("the reason of an error is its message", () => {
  assert.equal(reasonOf(new TypeError("late\nat once")), "late\nat once");
  assert.equal(reasonOf(Object.assign(new Error(), { message: { code: 1 } })), "{ code: 1 }");
});

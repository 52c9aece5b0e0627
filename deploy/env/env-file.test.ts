import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, readEnv, withVariable } from "./env-file.ts";

test("a live line is changed where it stands and comments stay", () => {
  const text = "# why\nAPP=a.ts\n#APP=b.ts\n";
  assert.equal(withVariable(text, "APP", "c.ts"), "# why\nAPP=c.ts\n#APP=b.ts\n");
});

test("a commented line is brought to life", () => {
  const text = "# why\n#NODE_IMAGE=node:26\nAPP=a.ts\n";
  assert.equal(withVariable(text, "NODE_IMAGE", ""), "# why\nNODE_IMAGE=\nAPP=a.ts\n");
});

test("a variable without a line is added at the end", () => {
  assert.equal(withVariable("APP=a.ts", "REPLICAS", "3"), "APP=a.ts\nREPLICAS=3\n");
});

test("a variable is not mistaken for another that ends alike", () => {
  const text = "WEB_APP=x\nAPP=y\n";
  assert.equal(lineOf(text, "APP"), 2);
  assert.equal(withVariable(text, "APP", "z"), "WEB_APP=x\nAPP=z\n");
});

test("values are read without their quotes and comments are no values", () => {
  assert.deepEqual(readEnv("A='x y'\n#B=1\nexport C=2\nD=\n"), { A: "x y", C: "2", D: "" });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, readEnv, withVariable } from "./environment.ts";

test("a variable is changed in its line, and comments stay", () => {
  const text = "# why\nAPP=a.ts\n#APP=b.ts\n";
  assert.equal(withVariable(text, "APP", "c.ts"), "# why\nAPP=c.ts\n#APP=b.ts\n");
});

test("a commented line is uncommented", () => {
  const text = "# why\n#NODE_IMAGE=node:26\nAPP=a.ts\n";
  assert.equal(withVariable(text, "NODE_IMAGE", ""), "# why\nNODE_IMAGE=\nAPP=a.ts\n");
});

test("a variable without a line is added at the end", () => {
  assert.equal(withVariable("APP=a.ts", "REPLICAS", "3"), "APP=a.ts\nREPLICAS=3\n");
});

test("a variable is not confused with another that ends with its name", () => {
  const text = "WEB_APP=x\nAPP=y\n";
  assert.equal(lineOf(text, "APP"), ".env:2: ");
  assert.equal(withVariable(text, "APP", "z"), "WEB_APP=x\nAPP=z\n");
});

test("values are read without quotes, and commented lines are ignored", () => {
  assert.deepEqual(readEnv("A='x y'\n#B=1\nexport C=2\nD=\n"), { A: "x y", C: "2", D: "" });
});

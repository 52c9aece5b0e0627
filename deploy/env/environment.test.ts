import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, readEnv, withoutVariable, withVariable } from "./environment.ts";

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

const KEY = "A=1\nKEY='-----BEGIN\nAPP=not a line of its own\n-----END'\nAPP=x\n#EDGE=web\n";

test("a value of several lines is changed and removed whole, and what is in it sets nothing", () => {
  assert.equal(withVariable(KEY, "KEY", "short"), "A=1\nKEY=short\nAPP=x\n#EDGE=web\n");
  assert.equal(withoutVariable(KEY, "KEY"), "A=1\nAPP=x\n#EDGE=web\n");
  assert.equal(lineOf(KEY, "APP"), ".env:5: ");
  assert.deepEqual(readEnv(withVariable(KEY, "APP", "y")), { ...readEnv(KEY), APP: "y" });
  const quoted = "'one\ntwo'";
  assert.equal(withVariable("A=1\n", "KEY", quoted), `A=1\nKEY=${quoted}\n`);
});

test("a quote that is not closed, or is inside a value, ends with its line", () => {
  for (const text of ["A='open\nB=1\n", "A=it's\nB=1\nC=it's\n", "A='x' # it's\nB=1\n"]) {
    assert.deepEqual(readEnv(withVariable(text, "B", "2")), { ...readEnv(text), B: "2" }, text);
  }
});

test("of two lines for one variable the last one counts", () => {
  assert.equal(withVariable("A=1\nB=2\nA=3\n", "A", "4"), "A=1\nB=2\nA=4\n");
  assert.equal(lineOf("A=1\nexport A = 3\n", "A"), ".env:2: ");
  assert.equal(withoutVariable("A=1\nB=2\nexport A=3\n", "A"), "B=2\n");
});

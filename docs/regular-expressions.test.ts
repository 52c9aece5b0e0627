import assert from "node:assert/strict";
import { test } from "node:test";
import {
  expressionsOf,
  faultsOf,
  OURS,
  readExpressions,
  verdictOf,
} from "./regular-expressions.ts";
import { EXEMPT } from "./regular-expressions-exempt.ts";

test("literals and RegExp() are found by the syntax tree, and divisions are not", () => {
  const source = `
    const a: RegExp = /a+/gu;
    const half = total / 2 / count;
    f(\`\${b.replace(/[/"]+/, "")} /no/\`); // /comment/
    new RegExp("c+", "i"); RegExp("d"); new RegExp(e + "f"); new RegExp(/g/);`;
  assert.deepEqual(
    expressionsOf("x.ts", source).map(({ at, pattern }) => [at, pattern?.source, pattern?.flags]),
    [
      ["x.ts:2", "a+", "gu"],
      ["x.ts:4", '[/"]+', ""],
      ["x.ts:5", "c+", "i"],
      ["x.ts:5", "d", ""],
      ["x.ts:5", undefined, undefined],
      ["x.ts:5", "g", ""],
    ],
  );
});

test("an expression that can backtrack is found, with a text that is slow", async () => {
  const [slow] = expressionsOf("x.ts", "/^(a+)+$/; /-[0-9a-f]{8,}-$/");
  assert.ok(slow);
  const [verdict, attack] = await verdictOf(slow);
  assert.equal(verdict, "exponential");
  assert.match(attack, /repeat/);
});

test("the services, the packages, and the tools are read", () => {
  const expressions = readExpressions(OURS);
  for (const area of ["services/web/", "services/gateway/", "packages/", "deploy/"]) {
    assert.ok(
      expressions.some(({ at }) => at.startsWith(area)),
      area,
    );
  }
});

test("the time of every search is linear in the length of the text, and the lists are current", async () => {
  assert.deepEqual(await faultsOf(OURS, EXEMPT), []);
});

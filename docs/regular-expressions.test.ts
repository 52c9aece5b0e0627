import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { expressionsOf, LINEAR, readExpressions, verdictOf } from "./regular-expressions.ts";
import { EXEMPT } from "./regular-expressions-exempt.ts";

const root = dirname(import.meta.dirname);
const known: ReadonlySet<string> = new Set(JSON.parse(readFileSync(LINEAR, "utf8")));
const all = readExpressions(root);

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

test("the services, the packages, the tools and what browsers run are read", () => {
  for (const area of [
    "services/web/",
    "services/gateway/",
    "services/app/",
    "packages/",
    "deploy/",
  ]) {
    assert.ok(
      all.some(({ at }) => at.startsWith(area)),
      area,
    );
  }
});

test("the time of every search is linear in the length of the text", async () => {
  const faults: string[] = [];
  for (const expression of all) {
    const { at, text } = expression;
    if (known.has(text) || EXEMPT.has(text)) continue;
    const [verdict, attack] = await verdictOf(expression);
    faults.push(
      verdict === "linear"
        ? `${at}: ${text} is new and linear: run npm run docs`
        : `${at}: ${text} is ${verdict} (${attack}): rewrite it, or name it in docs/regular-expressions-exempt.ts with the reason why it never meets a text that others choose`,
    );
  }
  assert.deepEqual(faults, []);
});

test("the lists have nothing that the code no longer has", () => {
  const present = new Set(all.map(({ text }) => text));
  const gone = [...known, ...EXEMPT.keys()].filter((text) => !present.has(text));
  assert.deepEqual(gone, [], "run npm run docs, and shorten docs/regular-expressions-exempt.ts");
});

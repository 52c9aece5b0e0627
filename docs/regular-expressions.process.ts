import assert from "node:assert/strict";
import { test } from "node:test";
import { OURS, readExpressions, verdictOf } from "./regular-expressions.ts";
import { EXEMPT } from "./regular-expressions-exempt.ts";

test("the list of linear expressions is true: each is analysed again", async () => {
  const faults: string[] = [];
  for (const expression of readExpressions(OURS)) {
    const { at, text } = expression;
    const [verdict, attack] = await verdictOf(expression);
    if (verdict !== "linear" && !EXEMPT.has(text))
      faults.push(`${at}: ${text} ${verdict} ${attack}`);
    if (verdict === "linear" && EXEMPT.has(text)) faults.push(`${at}: ${text} needs no exemption`);
  }
  assert.deepEqual(faults, []);
});

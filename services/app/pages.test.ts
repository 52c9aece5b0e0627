import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { faultsOf } from "../../docs/regular-expressions.ts";
import { AREA, pages } from "./pages.ts";

test("the pages are what the tables say today; otherwise run: npm run docs", async () => {
  for (const [file, text] of await pages()) assert.equal(readFileSync(file, "utf8"), text, file);
});

test("the time of every search is linear in the length of the text", async () => {
  assert.deepEqual(await faultsOf(AREA, new Map()), []);
});

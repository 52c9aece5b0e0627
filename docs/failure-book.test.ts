import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FAILURE_BOOK, failureBook } from "./failure-book.ts";

test("docs/failure-book.md is what the faults say today; otherwise run: npm run docs", () => {
  assert.equal(readFileSync(FAILURE_BOOK, "utf8"), failureBook());
});

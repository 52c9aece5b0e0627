import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { RECORDED } from "./record.ts";
import { PERFORMANCE_PAGE, performancePage } from "./report/page.ts";

test("docs/performance.md is what the recorded run says; otherwise run: npm run docs", () => {
  const recorded = JSON.parse(readFileSync(RECORDED, "utf8"));
  assert.equal(readFileSync(PERFORMANCE_PAGE, "utf8"), performancePage(recorded));
});

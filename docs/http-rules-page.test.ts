import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { HTTP_RULES_PAGE, httpRulesPage } from "./http-rules-page.ts";

test("docs/http-rules.md is what the tables say today; otherwise run: npm run docs", () => {
  assert.equal(readFileSync(HTTP_RULES_PAGE, "utf8"), httpRulesPage());
});

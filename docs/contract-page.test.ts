import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CONTRACT_PAGE, contractPage } from "./contract-page.ts";

test("docs/http-rules.md is what the tables say today; otherwise run: npm run docs", () => {
  assert.equal(readFileSync(CONTRACT_PAGE, "utf8"), contractPage());
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SETTINGS_PAGE, settingsPage } from "./settings-page.ts";

test("docs/settings.md is what the tables say today; otherwise run: npm run docs", () => {
  assert.equal(readFileSync(SETTINGS_PAGE, "utf8"), settingsPage());
});

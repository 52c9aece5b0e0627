import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openClone } from "../clone.ts";
import { tiersFile } from "./tiers.ts";

test("deploy/tiers.yaml is what the tables say today; otherwise run: npm run docs", () => {
  assert.equal(readFileSync(join(openClone().root, "deploy/tiers.yaml"), "utf8"), tiersFile());
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gatewaySettings } from "../services/gateway/settings.ts";
import { counterparts, GATEWAY_PAGE, gatewayPage } from "./gateway-page.ts";

test("docs/gateway.md is what its parts say today; otherwise run: npm run docs", () => {
  assert.equal(readFileSync(GATEWAY_PAGE, "utf8"), gatewayPage());
});

test("each of gunicorn's 119 settings has one row, with a reason", () => {
  const names = counterparts.map(({ gunicorn }) => gunicorn);
  assert.equal(new Set(names).size, 119);
  assert.equal(names.length, 119);
  assert.deepEqual(
    counterparts.filter(({ why }) => why === ""),
    [],
  );
});

test("what a row names of ours is there", () => {
  const known = Object.keys(gatewaySettings.rows);
  const named = counterparts.flatMap(({ settings }) => settings ?? []);
  assert.deepEqual(
    named.filter((name) => !known.includes(name)),
    [],
  );
});

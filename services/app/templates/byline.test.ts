import assert from "node:assert/strict";
import { test } from "node:test";
import { ago } from "./byline.ts";

const now = new Date("2026-01-10T12:00:00Z");

for (const [moment, words] of [
  ["2026-01-10T12:00:05Z", "just now"],
  ["2026-01-10T11:59:01Z", "just now"],
  ["2026-01-10T11:59:00Z", "1 minute ago"],
  ["2026-01-10T10:00:01Z", "1 hour ago"],
  ["2026-01-09T12:00:00Z", "yesterday"],
  ["2026-01-01T12:00:00Z", "9 days ago"],
] as const) {
  test(`${moment} is ${words}`, () => assert.equal(ago(new Date(moment), now), words));
}

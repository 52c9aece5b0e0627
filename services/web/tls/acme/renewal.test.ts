import assert from "node:assert/strict";
import { test } from "node:test";
import { renewalTime, retryDelay } from "./renewal.ts";

const DAY = 24 * 3600_000;
const MINUTE = 60_000;

test("a certificate is renewed when a third of its life is left, or up to a tenth of that earlier", () => {
  const validity = { from: 0, to: 90 * DAY };
  assert.equal(renewalTime(validity, 0), 60 * DAY);
  assert.equal(renewalTime(validity, 1), 57 * DAY);
  assert.equal(renewalTime({ from: 0, to: 6 * DAY }, 0), 4 * DAY);
});

test("after each failure twice as long is waited, and twelve hours at most", () => {
  assert.deepEqual(
    [1, 2, 3].map((failures) => retryDelay(failures, 0) / MINUTE),
    [1, 2, 4],
  );
  assert.equal(retryDelay(50, 0), 12 * 3600_000);
  assert.ok(Math.abs(retryDelay(1, 1) - 1.1 * MINUTE) < 1);
});

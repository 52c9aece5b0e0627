import assert from "node:assert/strict";
import { test } from "node:test";
import { TicketKeys } from "./ticket-keys.ts";

test("renewed ticket keys are new, 48 bytes long, and the current ones from then on", () => {
  const keys = new TicketKeys();
  const before = keys.current;
  assert.equal(before.length, 48);
  const renewed = keys.renew();
  assert.equal(renewed.length, 48);
  assert.notDeepEqual(renewed, before);
  assert.deepEqual(keys.current, renewed);
});

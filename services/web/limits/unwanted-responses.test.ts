import assert from "node:assert/strict";
import { test } from "node:test";
import { UnwantedResponses } from "./unwanted-responses.ts";

test("with 16 unwanted responses the next request of a client waits for the end of one, and no other client's does", () => {
  const gone: string[] = [];
  const unwanted = new UnwantedResponses<{ client: string; connection: object; name: string }>(
    ({ name }) => gone.push(name),
  );
  const request = (client: string, name: string) => ({ client, connection: {}, name });
  for (let count = 0; count < 16; count++) {
    assert.equal(unwanted.holdBack(request("a", "early"), 1000), false);
    unwanted.begin("a");
  }
  const left = request("a", "left");
  assert.equal(unwanted.holdBack(left, 1000), true);
  assert.equal(unwanted.holdBack(request("a", "first"), 1000), true);
  assert.equal(unwanted.holdBack(request("a", "second"), 1000), true);
  assert.equal(unwanted.holdBack(request("b", "another"), 1000), false);
  unwanted.forget(left);
  unwanted.end("a");
  // None waits where a new request of the same client would not.
  assert.deepEqual([gone, unwanted.waiting], [["first", "second"], 0]);
  unwanted.begin("a");
  assert.equal(unwanted.holdBack(request("a", "late"), 1000), true);
  const overdue = unwanted.takeOverdue(performance.now() + 2000).map(({ name }) => name);
  assert.deepEqual([overdue, unwanted.waiting], [["late"], 0]);
});

test("a client whose responses have all ended is forgotten", () => {
  const unwanted = new UnwantedResponses<{ client: string; connection: object }>(() =>
    assert.fail(),
  );
  for (let count = 0; count < 20; count++) unwanted.begin("a");
  for (let count = 0; count < 20; count++) unwanted.end("a");
  assert.equal(unwanted.holdBack({ client: "a", connection: {} }, 1000), false);
});

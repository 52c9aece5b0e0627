import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSite, unreachablePool } from "../testing/site.ts";

test("every request leaves one line with the chain's fields in their order", async () => {
  const { site, lines } = createTestSite(await unreachablePool());
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const headers = { "x-request-id": "0198-four", traceparent };
  await site.request("http://board.test/nowhere?q=%20a&b", { headers });
  assert.equal(lines.length, 1);
  const [line] = lines;
  assert.deepEqual(Object.keys(line ?? {}), [
    "level",
    "message",
    "request_id",
    "traceparent",
    "method",
    "target",
    "status",
    "duration_ms",
  ]);
  assert.equal(line?.request_id, "0198-four");
  assert.equal(line?.traceparent, traceparent);
  assert.equal(line?.target, "/nowhere?q=%20a&b");
  assert.equal(line?.status, 404);
  assert.equal(typeof line?.duration_ms, "number");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSite, openTestDatabase } from "../testing/site.ts";

const { site } = createTestSite(await openTestDatabase(), { APP_LIVE_STREAMS: "1" });

test("HEAD has the fields of GET and keeps nothing open behind them", async () => {
  for (let count = 0; count < 3; count += 1) {
    const head = await site.request("/events", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-type"), "text/event-stream");
    assert.equal(head.body, null);
  }
  const stream = await site.request("/events");
  assert.equal(stream.status, 200, "the one stream that there may be is free");
  await stream.body?.cancel();
});

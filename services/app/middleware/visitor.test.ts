import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSite } from "../testing/site.ts";

test("an error that is not the database's absence makes no guest of a visitor", async () => {
  const { site, lines } = createTestSite({
    query: () => Promise.reject(new Error("no such column")),
    listen: () => () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
  const headers = { cookie: "session=some-token" };
  assert.equal((await site.request("/about", { headers })).status, 500);
  assert.match(String(lines[0]?.error), /no such column/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { unreachablePool } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";

const { site } = createTestSite(await unreachablePool());

test("a page may use files, pictures, forms and connections of its own origin, and nothing else", async () => {
  const { headers } = await site.request("/about");
  const policy = (headers.get("content-security-policy") ?? "").split("; ").sort();
  assert.deepEqual(policy, [
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
  ]);
});

test("the browser names the site to itself only, since the check of forms needs it", async () => {
  const { headers } = await site.request("/about");
  assert.equal(headers.get("referrer-policy"), "same-origin");
});

test("a request that changes nothing may come from another site: it may link here", async () => {
  const headers = { origin: "https://other.test", "sec-fetch-site": "cross-site" };
  for (const method of ["GET", "HEAD"]) {
    assert.equal((await site.request("/about", { method, headers })).status, 200, method);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSite, unreachablePool } from "../testing/site.ts";

const https = { "x-forwarded-proto": "https", "x-forwarded-host": "board.test:8443" };
const { site } = createTestSite(await unreachablePool());

/** An empty form: 422 says that it was let through to the view, 403 that it was not. */
async function statusOf(headers: Record<string, string>): Promise<number> {
  const url = "http://127.0.0.1:8080/sign-in";
  return (await site.request(url, { method: "POST", headers, body: new URLSearchParams() })).status;
}

test("a form of the page's own origin passes, by HTTP and by HTTPS behind the edge", async () => {
  assert.equal(await statusOf({ origin: "http://127.0.0.1:8080" }), 422);
  assert.equal(await statusOf({ origin: "https://board.test:8443", ...https }), 422);
  assert.equal(await statusOf({ "sec-fetch-site": "same-origin" }), 422);
});

test("a form of another origin is refused: other host, other scheme, other port, or none told", async () => {
  for (const origin of [
    "http://evil.test",
    "http://board.test:8443",
    "https://board.test",
    "null",
  ]) {
    assert.equal(await statusOf({ origin, ...https }), 403, origin);
  }
  assert.equal(await statusOf({ "sec-fetch-site": "cross-site" }), 403);
  const sibling = { "sec-fetch-site": "same-site", origin: "https://a.board.test" };
  assert.equal(await statusOf(sibling), 403);
  assert.equal(await statusOf({ origin: "null", "x-forwarded-host": "no host" }), 403);
});

test("a client that is no browser may post", async () => {
  assert.equal(await statusOf({}), 422);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accessLinesOf, call, header, tiers, useStack } from "@gatehouse/testing/chain";
import { assetsOf } from "./visitor.ts";

const stack = await useStack();
const { http, https } = await stack.addresses();
const assets = assetsOf(await call(`${http}/`));
const [asset = ""] = assets;
const types: Record<string, RegExp> = {
  css: /^text\/css(; ?charset=utf-8)?$/i,
  js: /^text\/javascript(; ?charset=utf-8)?$/i,
  svg: /^image\/svg\+xml/,
  png: /^image\/png$/,
  ico: /^image\/(x-icon|vnd\.microsoft\.icon)$/,
  woff2: /^font\/woff2$/,
};

describe("an asset that the page links", () => {
  test("has a name with a hash, its type, a strong ETag, and may be cached for ever", async () => {
    for (const address of assets) {
      const [, extension = ""] = /\.[0-9a-f]{8,}\.(\w+)$/.exec(address) ?? [];
      assert.ok(types[extension], `${address} has no hash, or a kind that this test does not know`);
      const response = await call(https + address);
      assert.equal(response.status, 200);
      assert.match(header(response, "content-type"), types[extension]);
      assert.match(header(response, "etag"), /^"[^"]+"$/);
      assert.equal(header(response, "cache-control"), "public, max-age=31536000, immutable");
      assert.equal(Number(header(response, "content-length")), response.body.length);
      assert.ok(response.body.length > 0);
    }
  });

  test("comes from the web server alone", async () => {
    const response = await call(http + asset);
    assert.deepEqual(tiers(response), ["web"]);
    // A later request for a page that is not cached: once its lines are there, earlier ones are too.
    const page = header(await call(`${http}/about`), "x-request-id");
    await accessLinesOf(stack, page, ["web", "gateway", "app"]);
    const lines = await accessLinesOf(stack, header(response, "x-request-id"), ["web"]);
    assert.deepEqual(
      lines.map(({ tier }) => tier),
      ["web"],
    );
  });

  test("is not sent again to a client that has it", async () => {
    const etag = header(await call(http + asset), "etag");
    const again = await call(http + asset, { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304);
    assert.equal(again.body.length, 0);
    assert.equal(header(again, "etag"), etag);
    const other = await call(http + asset, { headers: { "if-none-match": '"other"' } });
    assert.equal(other.status, 200);
  });

  test("has the same headers for HEAD, and no body", async () => {
    const got = await call(http + asset);
    const head = await call(http + asset, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    for (const name of ["content-type", "content-length", "etag", "cache-control"]) {
      assert.equal(header(head, name), header(got, name));
    }
  });
});

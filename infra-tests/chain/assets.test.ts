import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { call, header, tiers } from "../stack/http.ts";
import { useStack } from "../stack/shared-stack.ts";
import { accessLinesOf } from "./access-lines.ts";
import { placeFile } from "./own-file.ts";

const stack = await useStack("examples/echo.ts");
const { http, https } = await stack.addresses();
const assets: readonly (readonly [name: string, type: RegExp, content: string])[] = [
  ["own.css", /^text\/css(; ?charset=utf-8)?$/i, "p { margin: 0 }"],
  ["own.js", /^text\/javascript(; ?charset=utf-8)?$/i, "export {};"],
  ["own.svg", /^image\/svg\+xml/, '<svg xmlns="http://www.w3.org/2000/svg"/>'],
];
const [[, , sheet = ""] = []] = assets;
const asset = await placeFile(stack, "own.css", sheet);

describe("a file of the assets", () => {
  for (const [name, type, content] of assets) {
    test(`${name} has its type, a strong ETag, and may be cached for ever`, async () => {
      const response = await call(https + (await placeFile(stack, name, content)));
      assert.equal(response.status, 200);
      assert.match(header(response, "content-type"), type);
      assert.match(header(response, "etag"), /^"[^"]+"$/);
      assert.equal(header(response, "cache-control"), "public, max-age=31536000, immutable");
      assert.equal(response.text, content);
    });
  }

  test("comes from the web server alone", async () => {
    const response = await call(http + asset);
    assert.deepEqual(tiers(response), ["web"]);
    // A later request for a page: once its lines are there, earlier ones are too.
    const page = header(await call(`${http}/`), "x-request-id");
    await accessLinesOf(stack, page, ["web", "gateway"]);
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

describe("a target that leads out of the assets", () => {
  const targets = [
    "/assets/../../../etc/passwd",
    "/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%2f..%2f..%2fetc%2fpasswd",
    "/assets/%252e%252e%252f%252e%252e%252fetc/passwd",
    "/assets/..\\..\\..\\etc\\passwd",
    "/assets//etc/passwd",
    "/assets/style.css%00.png",
    "/assets/.",
    "/assets/",
  ];
  for (const target of targets) {
    test(`${target} gets no file`, async () => {
      const response = await call(`${http}/`, { target });
      assert.ok(
        [400, 403, 404].includes(response.status),
        `status ${response.status}: ${response.text}`,
      );
      assert.doesNotMatch(response.text, /root:.*:0:0:/);
    });
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionOptions, isHopByHop, refuseByLimits } from "./index.ts";

const limits = { line: 100, field: 50, fields: 3 };

test("a request line of exactly the limit passes, a longer one is 414", () => {
  const target = `/${"a".repeat(100 - "GET /  HTTP/1.1".length + 1)}`;
  assert.equal(refuseByLimits("GET", target, [], limits), undefined);
  assert.equal(refuseByLimits("GET", `${target}a`, [], limits)?.status, 414);
});

test("too long a field and too many of them are 431", () => {
  assert.equal(refuseByLimits("GET", "/", ["a", "b".repeat(49)], limits), undefined);
  assert.equal(refuseByLimits("GET", "/", ["a", "b".repeat(50)], limits)?.status, 431);
  assert.equal(refuseByLimits("GET", "/", Array(8).fill("x"), limits)?.status, 431);
});

test("what Connection lists is for this hop alone, like the fields that always are", () => {
  const options = connectionOptions("close, X-Secret");
  assert.ok(isHopByHop("x-secret", options));
  assert.ok(isHopByHop("transfer-encoding", connectionOptions(undefined)));
  assert.ok(!isHopByHop("content-length", options));
});

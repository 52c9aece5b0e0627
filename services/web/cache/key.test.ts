import assert from "node:assert/strict";
import { test } from "node:test";
import { variantOf, varyNames } from "./key.ts";

const client = { address: "192.0.2.1", scheme: "https", host: "a.example", port: 443 } as const;
const variant = (name: string, rawHeaders: string[], connection?: string) =>
  variantOf([name], { rawHeaders, connection, client });

test("the names of Vary are a sorted set in lower case", () => {
  assert.deepEqual(varyNames("X-B, accept , x-b,, A"), ["a", "accept", "x-b"]);
  assert.deepEqual(varyNames(undefined), []);
  for (const none of ["*", "a, *", "X-Request-ID", "traceparent"]) {
    assert.equal(varyNames(none), undefined, none);
  }
});

test("the browsers' different Accept-Encoding fields become few variants", () => {
  const codings = (value: string) => variant("accept-encoding", ["Accept-Encoding", value]);
  assert.equal(codings("gzip, deflate, br, zstd"), codings("zstd,br;q=0.9, deflate, GZIP;q=0.1"));
  assert.notEqual(codings("gzip"), codings("gzip, br"));
  assert.notEqual(codings("gzip, identity;q=0"), codings("gzip, identity"));
  assert.notEqual(codings("*"), codings("gzip"));
  assert.notEqual(codings("x-own"), codings(""));
  // A malformed element may still mean something to the application.
  assert.notEqual(codings("gzip;q=7"), codings(""));
  assert.notEqual(codings("gzip;level=1"), codings("gzip"));
});

test("the variant has the values that the application sees", () => {
  assert.equal(variant("x-kind", ["X-Kind", "a", "x-kind", "b"]), "a, b");
  assert.equal(variant("cookie", ["cookie", "a=1", "cookie", "b=2"]), "a=1; b=2");
  assert.equal(variant("x-kind", ["X-Kind", "a"], "X-Kind, close"), "");
  assert.equal(variant("x-forwarded-for", ["X-Forwarded-For", "6.6.6.6"]), "192.0.2.1");
  assert.equal(variant("x-forwarded-proto", []), "https");
  assert.equal(variant("host", ["Host", "b.example"]), "a.example");
  assert.equal(
    variant("accept-language", ["Accept-Language", "de-DE, en;q=0.5"]),
    "de-de,en;q=0.5",
  );
});

test("the same value of different fields gives different variants", () => {
  const of = (rawHeaders: string[]) =>
    variantOf(["x-a", "x-b"], { rawHeaders, connection: undefined, client });
  assert.notEqual(of(["X-A", "1"]), of(["X-B", "1"]));
});

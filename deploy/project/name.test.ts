import assert from "node:assert/strict";
import { test } from "node:test";
import { nameFrom, requireName } from "./name.ts";

test("a name that a package, an image and a network can have is allowed", () => {
  for (const name of ["shop", "my-shop", "s3"]) assert.doesNotThrow(() => requireName(name));
});

test("a folder or package with capitals, dots or spaces has a name that is allowed", () => {
  for (const [words, name] of [
    ["My Shop.v2", "my-shop-v2"],
    ["@acme/Old_Shop", "old-shop"],
    ["shop.example.org", "shop-example-org"],
  ] as const) {
    assert.equal(nameFrom(words), name);
    assert.doesNotThrow(() => requireName(nameFrom(words)));
  }
});

test("any other name is refused with what is allowed", () => {
  for (const name of [
    "",
    "Shop",
    "my_shop",
    "-shop",
    "shop-",
    "a--b",
    "3d",
    "x".repeat(41),
    "app",
  ]) {
    assert.throws(() => requireName(name), /NAME=.*small letters, digits and single hyphens/, name);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { requireName } from "./name.ts";

test("a name that a package, an image and a network can have is allowed", () => {
  for (const name of ["shop", "my-shop", "s3"]) assert.doesNotThrow(() => requireName(name));
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

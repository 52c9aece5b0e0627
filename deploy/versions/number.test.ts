import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions, isVersion } from "./number.ts";

test("versions are those of SemVer", () => {
  for (const good of ["0.1.0", "1.0.0-rc.1", "10.20.30", "1.0.0-alpha-1.0.x"])
    assert.ok(isVersion(good), good);
  for (const bad of [
    "",
    "1.0",
    "v1.0.0",
    "01.0.0",
    "1.0.0-",
    "1.0.0-rc..1",
    "1.0.0-rc.01",
    "1.0.0 ",
  ]) {
    assert.ok(!isVersion(bad), bad);
  }
});

test("they are in the order that SemVer gives as its example", () => {
  // Rule 11.
  const order = [
    ...["0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"],
    ...["1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"],
  ];
  const mixed = order.toSorted((one, other) => other.localeCompare(one));
  assert.deepEqual(mixed.sort(compareVersions), order);
});

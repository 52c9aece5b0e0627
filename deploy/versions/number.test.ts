import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions, isVersion, versionBefore, versionOfContent } from "./number.ts";

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

test("packages that are built after a version come after it where SemVer lets them, and name it", () => {
  const after = versionOfContent("1.0.0-rc.1", "0123456789");
  assert.ok(compareVersions("1.0.0-rc.1", after) < 0);
  assert.ok(compareVersions(after, "1.0.0-rc.2") < 0);
  for (const version of ["0.1.0", "1.0.0-rc.1", "1.0.0"]) {
    assert.ok(isVersion(versionOfContent(version, "0123456789")));
    assert.equal(versionBefore(versionOfContent(version, "0123456789")), version);
    assert.equal(versionBefore(version), version);
  }
});

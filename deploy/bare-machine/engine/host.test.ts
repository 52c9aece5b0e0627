import assert from "node:assert/strict";
import { test } from "node:test";
import { readDistribution, readHost } from "./host.ts";

test("a distribution is read from its os-release file", () => {
  const text = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION_CODENAME=bookworm
ID=debian
`;
  assert.deepEqual(readDistribution(text), {
    id: "debian",
    release: 12,
    codename: "bookworm",
    name: "Debian GNU/Linux 12 (bookworm)",
  });
  assert.equal(readDistribution('ID=ubuntu\nVERSION_ID="24.04"\n').release, 24.04);
});

test("Debian testing has no number and counts as newer than every release", () => {
  assert.equal(readDistribution("ID=debian\nVERSION_CODENAME=forky\n").release, Infinity);
});

test("only 1 and 0 are consent and refusal", () => {
  assert.equal(readHost({ INSTALL_ENGINE: "1" }).consent, true);
  assert.equal(readHost({ INSTALL_ENGINE: "0" }).consent, false);
  assert.equal(readHost({}).consent, undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { isNetwork, OWN_SUBNETS, TrustedPeers } from "./index.ts";

test("no peer is trusted by default", () => {
  assert.equal(new TrustedPeers([]).trusts("127.0.0.1"), false);
});

test("addresses and networks are trusted, IPv4 mapped into IPv6 too", () => {
  const trusted = new TrustedPeers(["10.1.0.0/16", "192.0.2.7", "2001:db8::/32"]);
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8::1"]) {
    assert.ok(trusted.trusts(address), address);
  }
  for (const address of ["10.2.0.1", "192.0.2.8", "2001:db9::1", "malformed", undefined]) {
    assert.ok(!trusted.trusts(address), String(address));
  }
});

test("a host's own subnets include its loopback addresses", () => {
  assert.ok(new TrustedPeers([OWN_SUBNETS]).trusts("127.0.0.9"));
});

test('isNetwork accepts CIDRs, addresses and "own"', () => {
  assert.deepEqual(["10.0.0.0/8", "::1", "own", "10.0.0.0/33", "localhost"].map(isNetwork), [
    true,
    true,
    true,
    false,
    false,
  ]);
});

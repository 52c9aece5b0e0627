import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf } from "./client.ts";
import { Shares } from "./shares.ts";
import { inWords } from "./too-many.ts";

const client = (address: string) => clientOf(new Headers({ "x-forwarded-for": address }));

test("a client is an IPv4 address, or the /64 of an IPv6 address", () => {
  for (const [address, expected] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"],
    ["2001:0DB8:0000:0001::", "2001:db8:0:1::/64"],
    ["fe80::1%eth0", "fe80::/64"],
    ["::1", "::/64"],
    ["192.0.2.1, 198.51.100.7", "192.0.2.1"],
    ["nonsense", "unknown"],
    ["", "unknown"],
  ] as const) {
    assert.equal(client(address), expected, address);
  }
  assert.equal(clientOf(new Headers()), "unknown");
});

test("a client, a user and the worker each have their limit, and get back what is released", () => {
  const shares = new Shares({ worker: 4, client: 3, user: 2 });
  const ada = { client: "192.0.2.1", user: 1 };
  const [first, second] = [shares.acquire(ada), shares.acquire(ada)];
  assert.equal(shares.acquire(ada), "user");
  const guest = { client: "192.0.2.1", user: undefined };
  assert.equal(typeof shares.acquire(guest), "function");
  assert.equal(shares.acquire(guest), "client");
  assert.equal(shares.acquire({ ...ada, client: "192.0.2.2" }), "user");
  assert.equal(typeof shares.acquire({ client: "192.0.2.2", user: 2 }), "function");
  assert.equal(shares.acquire({ client: "192.0.2.3", user: undefined }), "worker");
  for (const release of [first, first, second]) if (typeof release === "function") release();
  assert.equal(typeof shares.acquire(guest), "function", "released once each");
  assert.equal(typeof shares.acquire(guest), "function");
  assert.equal(shares.acquire({ client: "192.0.2.3", user: undefined }), "worker");
});

test("waiting times read well", () => {
  assert.deepEqual([1, 20, 60, 61, 3600].map(inWords), [
    "in a second",
    "in 20 seconds",
    "in a minute",
    "in 2 minutes",
    "in 60 minutes",
  ]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { affinityWeight, isEngineIo, keyOfClient } from "./affinity.ts";

const keys = Array.from({ length: 20_000 }, (_, at) => `192.0.${at >> 8}.${at & 0xff}`);

function memberOf(key: string, members: readonly string[]): string {
  const sorted = members.toSorted((a, b) => affinityWeight(key, b) - affinityWeight(key, a));
  return sorted[0] ?? "";
}

function counts(members: readonly string[]): number[] {
  const all = keys.map((key) => memberOf(key, members));
  return members.map((member) => all.filter((each) => each === member).length);
}

test("keys spread evenly, over workers, over replicas, and over the workers of one replica", () => {
  for (const members of [
    ["0", "1"],
    ["0", "1", "2", "3"],
    ["172.18.0.3", "172.18.0.4"],
    Array.from({ length: 12 }, (_, at) => `10.0.0.${at}`),
  ]) {
    const even = keys.length / members.length;
    for (const count of counts(members)) {
      assert.ok(Math.abs(count - even) < even * 0.1, `${members}: ${count} of ${even}`);
    }
  }
  const ofOneReplica = keys.filter((key) => memberOf(key, ["10.0.0.1", "10.0.0.2"]) === "10.0.0.1");
  const first = ofOneReplica.filter((key) => memberOf(key, ["0", "1"]) === "0").length;
  assert.ok(Math.abs(first / ofOneReplica.length - 0.5) < 0.05, `${first}`);
});

test("a member that leaves moves only its own keys, and gets them back", () => {
  const members = ["a", "b", "c", "d"];
  const left = members.filter((member) => member !== "b");
  for (const key of keys) {
    const before = memberOf(key, members);
    const after = memberOf(key, left);
    if (before !== "b") assert.equal(after, before);
    else assert.notEqual(after, "b");
  }
});

test("Engine.IO is known by its query alone", () => {
  for (const target of ["/socket.io/?EIO=4&transport=polling", "/own/path?t=1&EIO=3"]) {
    assert.ok(isEngineIo(target), target);
  }
  for (const target of ["/", "/EIO=4/", "/?XEIO=4", "/socket.io/?eio=4", "/?EIO=", "/?a=EIO%3D4"]) {
    assert.ok(!isEngineIo(target), target);
  }
});

test("the key of an IPv6 client is computed once: every piece of a long response is its client's", () => {
  const client = { address: "2001:db8:0:1::9" };
  assert.equal(keyOfClient(client), "2001:db8:0:1::/64");
  client.address = "2001:db8:0:2::9";
  assert.equal(keyOfClient(client), "2001:db8:0:1::/64");
  assert.equal(keyOfClient({ address: "2001:db8:0:2::9" }), "2001:db8:0:2::/64");
  assert.equal(keyOfClient({ address: "192.0.2.1" }), "192.0.2.1");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { seen, share } from "../testing/shared-port.ts";
import { Steering } from "./steering.ts";

test("new connections go around a frozen edge, and are divided again at the end", async (t) => {
  if (process.platform !== "linux") return;
  for (const names of [
    ["frozen", "one"],
    ["one", "frozen"],
    ["frozen", "frozen", "one"],
  ]) {
    const socket = await share(t, ...names);
    assert.deepEqual(await seen(socket.port), ["nobody", "one"]);
    const steering = new Steering([socket], 4);
    await steering.aroundFrozen();
    assert.deepEqual(await seen(socket.port), ["one"]);
    assert.ok(steering.active);
    await steering.end();
    assert.deepEqual(await seen(socket.port), ["nobody", "one"]);
    assert.ok(!steering.active);
  }
});

test("where no edge responds, connections are divided as before", async (t) => {
  if (process.platform !== "linux") return;
  const steering = new Steering([await share(t, "frozen", "frozen")], 2);
  await steering.aroundFrozen();
  assert.ok(!steering.active);
});

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { AdminPort } from "./admin-port.ts";

/** A port that nothing has: only its number is used. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const address = server.address();
  server.close();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

test("each of two edges has a port of its own; who takes over from one gets its port when it ends", async (t) => {
  // Elsewhere there is no second edge.
  if (process.platform !== "linux") return;
  const first = await freePort();
  const open = async () => {
    const one = new AdminPort(first, 2);
    t.after(() => one.close());
    const taken = Promise.withResolvers<number>();
    await one.open(async (port) => taken.resolve(port));
    return { one, taken: taken.promise };
  };
  const a = await open();
  const b = await open();
  assert.deepEqual([await a.taken, await b.taken], [first, first + 1]);
  const next = await open();
  assert.equal(await Promise.race([next.taken, Promise.resolve("none yet")]), "none yet");
  b.one.close();
  assert.equal(await next.taken, first + 1);
});

test("a port that the system chooses is anybody's", async () => {
  const ports: number[] = [];
  for (const _ of [1, 2, 3]) {
    await new AdminPort(0, 1).open(async (port) => void ports.push(port));
  }
  assert.deepEqual(ports, [0, 0, 0]);
});

test("what cannot be listened on stops the start", async () => {
  const failing = async () => {
    throw new Error("EACCES");
  };
  await assert.rejects(new AdminPort(0, 1).open(failing), /EACCES/);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { AdminPort } from "./admin-port.ts";

/** A port that nothing has: only its number is used. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

/** What an edge of `count` does with its port, and what it logs. */
function portOf(t: TestContext, first: number, count: number) {
  const logged = Promise.withResolvers<unknown>();
  const write = () => {};
  const error = (message: string, fields = {}) => logged.resolve({ message, ...fields });
  const port = new AdminPort(first, count, { info: write, warn: write, error });
  t.after(() => port.close());
  return { port, logged: logged.promise };
}

test("each of two edges has a port of its own; who takes over from one gets its port when it ends", async (t) => {
  // Elsewhere there is no second edge.
  if (process.platform !== "linux") return;
  const first = await freePort();
  const open = async () => {
    const { port: one } = portOf(t, first, 2);
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

test("an edge that gets its port later and cannot listen on it logs that", async (t) => {
  if (process.platform !== "linux") return;
  const first = await freePort();
  const [{ port: one }, { port: next, logged }] = [portOf(t, first, 1), portOf(t, first, 1)];
  await one.open(async () => {});
  await next.open(async () => {
    throw new Error("EADDRINUSE");
  });
  one.close();
  const line = { message: "the edge has no admin port", port: first, reason: "EADDRINUSE" };
  assert.deepEqual(await logged, line);
});

test("a port that the system chooses clashes with none", async (t) => {
  const ports: number[] = [];
  for (const _ of [1, 2, 3]) {
    await portOf(t, 0, 1).port.open(async (port) => void ports.push(port));
  }
  assert.deepEqual(ports, [0, 0, 0]);
});

test("what cannot be listened on stops the start", async (t) => {
  const failing = async () => {
    throw new Error("EACCES");
  };
  await assert.rejects(portOf(t, 0, 1).port.open(failing), /EACCES/);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { isLate } from "@gatehouse/telemetry/testing";
import { OwnPorts } from "./own-ports.ts";

/** Milliseconds on a quiet machine. */
const TIMEOUT = 5000;

function start(t: TestContext) {
  const taken: number[] = [];
  const opened: number[] = [];
  const failures: Error[] = [];
  const ports = new OwnPorts({
    accept: (socket: Socket) => socket.destroy(),
    failed: (error) => failures.push(error),
    taken: (port) => taken.push(port),
    opened: (port) => opened.push(port),
  });
  t.after(() => ports.follow(new Set()));
  return { ports, taken, opened, failures };
}

async function takePort(t: TestContext) {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

async function isOpen(port: number): Promise<boolean> {
  const client = connect(port, "127.0.0.1");
  try {
    await once(client, "connect");
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

async function until(port: number, open: boolean): Promise<void> {
  const since = performance.now();
  while ((await isOpen(port)) !== open && !isLate(since, TIMEOUT)) await new Promise(setImmediate);
  assert.equal(await isOpen(port), open);
}

test("a port that something else has is opened once it is free, and both are reported once", async (t) => {
  const { ports, taken, opened, failures } = start(t);
  const other = await takePort(t);
  ports.follow(new Set([other.port]));
  const since = performance.now();
  while (taken.length === 0 && !isLate(since, TIMEOUT)) await new Promise(setImmediate);
  assert.deepEqual(taken, [other.port]);
  assert.deepEqual(opened, []);
  other.server.close();
  await once(other.server, "close");
  await until(other.port, true);
  assert.deepEqual(taken, [other.port]);
  assert.deepEqual(opened, [other.port]);
  assert.deepEqual(failures, []);
});

test("a port that was free from the start is not reported", async (t) => {
  const { ports, taken, opened } = start(t);
  const { server, port } = await takePort(t);
  await once(server.close(), "close");
  ports.follow(new Set([port]));
  await until(port, true);
  assert.deepEqual([taken, opened], [[], []]);
});

test("a port that no application has any more is closed, and others stay", async (t) => {
  const { ports } = start(t);
  const [one, two] = [await takePort(t), await takePort(t)];
  for (const { server } of [one, two]) await once(server.close(), "close");
  ports.follow(new Set([one.port, two.port]));
  await until(one.port, true);
  await until(two.port, true);
  ports.follow(new Set([two.port]));
  await until(one.port, false);
  assert.ok(await isOpen(two.port));
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import {
  LEAVES,
  SERVES,
  STUCK,
  startConnectionWorker as startWorker,
} from "../testing/connection-worker.ts";
import type { WaitingConnection } from "./handover.ts";
import { sharedTime } from "./shared-time.ts";

/** A client, and its connection as the primary has accepted it. */
async function accept(t: TestContext) {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const client = connect(address.port, "127.0.0.1");
  const [socket]: Socket[] = await once(server, "connection");
  assert.ok(socket);
  server.close();
  t.after(() => {
    client.destroy();
    socket.destroy();
  });
  const now = sharedTime();
  const connection: WaitingConnection = {
    socket,
    ends: undefined,
    acceptedAt: now,
    offeredAt: now,
    passedOn: false,
  };
  return { client, connection };
}

test("a connection that a dead worker never took can still be served", async (t) => {
  const { worker, handover } = await startWorker(t, STUCK);
  const { client, connection } = await accept(t);
  handover.offer(connection);
  assert.equal(handover.free, false);
  worker.kill("SIGKILL");
  await once(worker, "exit");
  assert.deepEqual(handover.reclaim(), [connection]);
  assert.equal(handover.free, true);
  connection.socket.end("served");
  assert.equal(await text(client), "served");
});

test("a connection that was passed on is not reclaimed a second time", async (t) => {
  const { handover } = await startWorker(t, STUCK);
  const { connection } = await accept(t);
  handover.offer(connection);
  assert.deepEqual(handover.passOn(), [], "at first its worker may take it");
  let passedOn = handover.passOn();
  while (passedOn.length === 0) {
    await new Promise(setImmediate);
    passedOn = handover.passOn();
  }
  assert.deepEqual(passedOn, [connection]);
  assert.equal(connection.passedOn, true, "the next worker has to keep it");
  assert.deepEqual(handover.passOn(), []);
  assert.deepEqual(handover.reclaim(), []);
});

test("a connection that the worker takes is the worker's alone", async (t) => {
  const { worker, handover } = await startWorker(t, SERVES);
  const { client, connection } = await accept(t);
  client.write("hello");
  const free = once(handover, "free");
  handover.offer(connection);
  await free;
  assert.equal(connection.socket.destroyed, true);
  assert.deepEqual(handover.reclaim(), []);
  assert.equal(await text(client), `${worker.pid} 1 hello`);
});

test("a connection that the worker leaves goes to another, which then has to keep it", async (t) => {
  const { handover } = await startWorker(t, LEAVES);
  const { connection } = await accept(t);
  const left = once(handover, "not-taken");
  handover.offer(connection);
  assert.deepEqual(await left, [connection]);
  assert.deepEqual([connection.passedOn, connection.socket.destroyed], [true, false]);
});

for (const [reply, source] of [
  ["takes", SERVES],
  ["leaves", LEAVES],
] as const) {
  test(`a worker that ${reply} what was passed on meanwhile is free again, and no more`, async (t) => {
    const { worker, handover } = await startWorker(t, source);
    const { client, connection } = await accept(t);
    handover.on("not-taken", () => assert.fail("another worker has it already"));
    worker.kill("SIGSTOP");
    handover.offer(connection);
    while (handover.passOn().length === 0) await new Promise(setImmediate);
    assert.equal(handover.free, false, "its reply is due");
    const free = once(handover, "free");
    worker.kill("SIGCONT");
    await free;
    assert.equal(handover.free, true);
    assert.equal(connection.socket.destroyed, false, "the next worker needs it");
    client.destroy();
  });
}

test("the first worker has a moment to take a connection, the next one as long as it needs", async (t) => {
  const { worker, handover } = await startWorker(
    t,
    `process.on("message", ({ type, id, leaveAfter }, socket) => {
      socket.destroy();
      process.send({ type: "not-taken", id, leaveAfter });
    });`,
  );
  const { connection } = await accept(t);
  const timeGiven = async () => {
    const replied = once(worker, "message");
    handover.offer(connection);
    const [{ leaveAfter }] = await replied;
    return leaveAfter - connection.offeredAt;
  };
  const first = await timeGiven();
  assert.ok(first > 0 && first < 300, `${first} ms: less than until it is passed on`);
  assert.equal(connection.passedOn, true);
  assert.ok((await timeGiven()) > 3_600_000);
});

test("a clock that is set an hour ahead takes no connection from its worker", async (t) => {
  const { handover } = await startWorker(t, STUCK);
  const { connection } = await accept(t);
  handover.offer(connection);
  const now = Date.now();
  t.mock.method(Date, "now", () => now + 3_600_000);
  assert.deepEqual(handover.passOn(), []);
});

test("a clock that is set an hour back keeps no connection with a worker that is stuck", async (t) => {
  const { handover } = await startWorker(t, STUCK, 50);
  const { connection } = await accept(t);
  handover.offer(connection);
  const now = Date.now();
  t.mock.method(Date, "now", () => now - 3_600_000);
  const deadline = performance.now() + 5000;
  let passedOn = handover.passOn();
  while (passedOn.length === 0 && performance.now() < deadline) {
    await new Promise(setImmediate);
    passedOn = handover.passOn();
  }
  assert.deepEqual(passedOn, [connection]);
});

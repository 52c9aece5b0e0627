import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { Socket } from "node:net";
import { test } from "node:test";
import { Admission } from "./admission.ts";
import { Exchange, Incoming, stateOf } from "./exchange.ts";

/** One place at the application, and so many in the queue. */
function start(queueSize: number) {
  const admitted: Exchange[] = [];
  const rejected: string[] = [];
  const limits = { maxInFlight: 1, queueSize, queueTimeout: 2000 };
  const admission = new Admission(
    limits,
    (exchange) => admitted.push(exchange),
    (_, overload) => rejected.push(overload),
  );
  /** On a busy machine it may wait for two turns of the event loop. */
  const send = async (client = "10.0.0.1") => {
    const exchange = new Exchange(new Incoming(new Socket()));
    stateOf(exchange).client = client;
    admission.admit(exchange);
    for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
    return exchange;
  };
  return { admission, admitted, rejected, send };
}

test("requests wait in their order, and those that find no place are rejected", async () => {
  const { admission, admitted, rejected, send } = start(2);
  const [first, second, third] = [await send(), await send(), await send()];
  await send();
  assert.deepEqual([admission.waiting, admitted, rejected], [2, [first], ["queue full"]]);
  admission.release(first);
  assert.deepEqual([admission.waiting, admitted], [1, [first, second]]);
  admission.release(second);
  assert.deepEqual([admission.waiting, admitted], [0, [first, second, third]]);
  admission.release(third);
  assert.equal(admitted.at(-1), third, "nobody is left");
});

test("a client with few requests has its turn, however many another one has in the queue", async () => {
  const { admission, admitted, rejected, send } = start(3);
  const [first, second, third] = [await send(), await send(), await send()];
  const newest = await send();
  const other = await send("10.0.0.2");
  assert.deepEqual(rejected, ["queue full"]);
  assert.equal(stateOf(newest).admission, "outside", "the newest of the other one gave way");
  for (const exchange of [first, second, other]) admission.release(exchange);
  assert.deepEqual(admitted, [first, second, other, third]);
});

test("who leaves while it waits gives its place in the queue to others, and never gets one at the application", async () => {
  const { admission, admitted, rejected, send } = start(1);
  const [first, gone] = [await send(), await send()];
  admission.release(gone);
  assert.equal(admission.waiting, 0);
  const next = await send();
  admission.release(first);
  assert.deepEqual([admitted, rejected], [[first, next], []]);
});

test("no more requests wait for a busy event loop than the application and its queue have places", async () => {
  const { admission, admitted, rejected } = start(3);
  const receive = (client: string) => {
    const exchange = new Exchange(new Incoming(new Socket()));
    stateOf(exchange).client = client;
    admission.admit(exchange);
    return exchange;
  };
  // All of them were received in one turn, before this work of it.
  await new Promise(setImmediate);
  receive("10.0.0.1");
  const busyUntil = performance.now() + 20;
  while (performance.now() < busyUntil);
  const greedy = Array.from({ length: 50 }, () => receive("10.0.0.1"));
  assert.equal(admission.waiting, 4);
  const other = receive("10.0.0.2");
  assert.deepEqual([admission.waiting, rejected.length], [4, 47]);
  for (let turn = 0; turn < 6; turn++) await new Promise(setImmediate);
  assert.equal(stateOf(other).admission, "waiting", "it has a place in the queue");
  assert.ok(greedy.some((each) => stateOf(each).admission === "waiting"));
  assert.equal(admitted.length, 1);
});

test("a request that waited is called without what an application keeps for the one before it", () => {
  const user = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const limits = { maxInFlight: 1, queueSize: 1, queueTimeout: 2000 };
  const admission = new Admission(
    limits,
    () => seen.push(user.getStore()),
    () => assert.fail("there is a place"),
  );
  const [first, second] = [1, 2].map(() => new Exchange(new Incoming(new Socket())));
  assert.ok(first && second);
  admission.admit(first);
  admission.admit(second);
  user.run("anna", () => admission.release(first));
  assert.deepEqual(seen, [undefined, undefined]);
});

test("a request that waited is called later than it was received, by its time in the queue", async () => {
  const { admission, send } = start(1);
  const [first, second] = [await send(), await send()];
  const releasedAt = performance.now();
  admission.release(first);
  const { calledAt, receivedAt, queueTime = 0 } = stateOf(second);
  assert.ok(calledAt >= releasedAt, "the application's time begins with its call");
  assert.ok(Math.abs(queueTime - (calledAt - receivedAt)) < 0.001);
  const called = stateOf(first);
  const waited = called.calledAt > called.receivedAt;
  assert.equal(called.queueTime !== undefined, waited, "who did not wait has no such time");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { FairQueue } from "./fair-queue.ts";

interface Waiter {
  readonly client: string;
  readonly connection: object;
  readonly name: string;
}

const [one, two, three] = [{}, {}, {}];

function queueOf(...waiters: readonly (readonly [client: string, connection: object])[]) {
  const queue = new FairQueue<Waiter>();
  for (const [at, [client, connection]] of waiters.entries()) {
    queue.add({ client, connection, name: `${client}${at}` }, at);
  }
  return queue;
}

function order(queue: FairQueue<Waiter>): string[] {
  return Array.from({ length: queue.size }, () => queue.take()?.name ?? "none");
}

test("one client's are taken in their order", () => {
  assert.deepEqual(order(queueOf(["a", one], ["a", one], ["a", one])), ["a0", "a1", "a2"]);
});

test("clients are taken in turn, however many one of them has", () => {
  const queue = queueOf(["a", one], ["a", one], ["a", one], ["b", two]);
  assert.deepEqual(order(queue), ["a0", "b3", "a1", "a2"]);
});

test("so are the connections of one client", () => {
  const queue = queueOf(["a", one], ["a", one], ["a", two], ["a", three]);
  assert.deepEqual(order(queue), ["a0", "a2", "a3", "a1"]);
});

test("the newest of the greediest client gives way to a client with less", () => {
  const queue = queueOf(["a", one], ["a", one], ["a", one], ["b", two]);
  assert.equal(queue.takeFrom("a"), undefined);
  assert.equal(queue.takeFrom("c")?.name, "a2");
  assert.equal(queue.takeFrom("b"), undefined, "it would have as many then");
  assert.equal(queue.size, 3);
});

test("those whose deadlines have passed are taken out", () => {
  const queue = queueOf(["a", one], ["b", two], ["a", one]);
  assert.deepEqual(
    queue.takeOverdue(1).map(({ name }) => name),
    ["a0", "b1"],
  );
  assert.deepEqual(order(queue), ["a2"]);
  assert.equal(queue.take(), undefined);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { isLate, stretched } from "@gatehouse/telemetry/testing";
import { LEAVES, SERVES, STUCK, startConnectionWorker } from "../testing/connection-worker.ts";
import { freePort } from "../testing/own-servers.ts";
import { Listener } from "./listener.ts";

/** Milliseconds on a quiet machine. */
const TIMEOUT = 1500;

async function openListener(t: TestContext, backlog = 16) {
  const failures: Error[] = [];
  const address = { host: "127.0.0.1", port: 0, backlog, socketDirectory: "" };
  const listener = new Listener(address, (error) => failures.push(error));
  t.after(() => listener.close(0));
  await listener.open();
  return { listener, failures };
}

function open(t: TestContext, { port }: Pick<Listener, "port">) {
  const client = connect(port, "127.0.0.1");
  t.after(() => client.destroy());
  const since = performance.now();
  client.setTimeout(TIMEOUT).on("timeout", () => {
    if (isLate(since, TIMEOUT)) client.destroy(new Error("no one served the connection"));
    else client.setTimeout(TIMEOUT);
  });
  return client;
}

/** Connects and sends; resolves with the response of whichever worker serves the connection. */
async function ask(t: TestContext, listener: Listener, words: string) {
  const client = open(t, listener);
  client.write(words);
  const [pid, number, ...rest] = (await text(client)).split(" ");
  return { pid: Number(pid), number: Number(number), words: rest.join(" ") };
}

const until = async (condition: () => boolean) => {
  const since = performance.now();
  while (!condition() && !isLate(since, TIMEOUT)) await new Promise(setImmediate);
  assert.ok(condition(), String(condition));
};

test("connections up to the backlog wait for a worker; one above it is closed", async (t) => {
  const { listener, failures } = await openListener(t, 2);
  const waiting = [open(t, listener), open(t, listener)];
  await until(() => listener.waiting === 2);
  assert.equal(await text(open(t, listener)), "", "it is closed");
  assert.equal(listener.waiting, 2);
  assert.ok(waiting.every((client) => !client.closed));
  // No worker takes them: they are closed with the listener.
  const closed = waiting.map((client) => text(client));
  await listener.close(0);
  await Promise.all(closed);
  assert.deepEqual(failures, []);
});

test("a port that is taken is an error of opening it, for every caller", async (t) => {
  const { listener } = await openListener(t);
  const address = { host: "127.0.0.1", port: listener.port, backlog: 1, socketDirectory: "" };
  const second = new Listener(address, () => 0);
  await assert.rejects(second.open(), { code: "EADDRINUSE" });
  await assert.rejects(second.open(), { code: "EADDRINUSE" });
  const { port } = listener;
  await listener.open();
  assert.equal(listener.port, port, "it is opened once");
});

test("workers take turns; one that was removed, even twice, gets no more", async (t) => {
  const { listener } = await openListener(t);
  // A busy machine makes a worker late, and then the other one would have two turns.
  const first = await startConnectionWorker(t, SERVES, Number.POSITIVE_INFINITY);
  const second = await startConnectionWorker(t, SERVES, Number.POSITIVE_INFINITY);
  listener.add(first);
  listener.add(second);
  const served: (number | undefined)[] = [];
  for (let turn = 0; turn < 4; turn++) {
    served.push((await ask(t, listener, "hello")).pid);
    await until(() => first.handover.free && second.handover.free);
  }
  const [a, b] = [first.worker.pid, second.worker.pid];
  assert.deepEqual(served, [a, b, a, b]);
  listener.remove(first);
  listener.remove(first);
  const later = [await ask(t, listener, "hello"), await ask(t, listener, "hello")];
  assert.deepEqual(
    later.map(({ pid }) => pid),
    [b, b],
  );
});

test("what a client sends while it waits is for the worker", async (t) => {
  const { listener } = await openListener(t);
  const response = ask(t, listener, "sent before there was a worker");
  await until(() => listener.waiting === 1);
  // The bytes are in the kernel: a primary that reads would have read them after these turns.
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  listener.add(await startConnectionWorker(t, SERVES));
  assert.equal((await response).words, "sent before there was a worker");
});

for (const [what, source] of [
  ["leaves", LEAVES],
  ["does not take in time", STUCK],
] as const) {
  test(`a connection that one worker ${what} is served by another`, async (t) => {
    const { listener } = await openListener(t);
    const late = await startConnectionWorker(t, source);
    const good = await startConnectionWorker(t, SERVES);
    listener.add(late);
    listener.add(good);
    for (const words of ["one", "two"]) {
      assert.equal((await ask(t, listener, words)).pid, good.worker.pid);
    }
  });
}

test("what a dead worker never took is served by another, before what came later", async (t) => {
  const { listener } = await openListener(t);
  const stuck = await startConnectionWorker(t, STUCK);
  listener.add(stuck);
  const first = ask(t, listener, "first");
  await until(() => !stuck.handover.free);
  const second = ask(t, listener, "second");
  await until(() => listener.waiting === 1);
  stuck.worker.kill("SIGKILL");
  await once(stuck.worker, "exit");
  listener.reclaim(stuck);
  assert.equal(listener.waiting, 2, "the dead one gets none of them");
  const good = await startConnectionWorker(t, SERVES);
  listener.add(good);
  const responses = await Promise.all([first, second]);
  assert.deepEqual(responses, [
    { pid: good.worker.pid, number: 1, words: "first" },
    { pid: good.worker.pid, number: 2, words: "second" },
  ]);
});

test("a dead worker's connection goes at once to a worker that is free", async (t) => {
  const { listener } = await openListener(t);
  const stuck = await startConnectionWorker(t, STUCK);
  const good = await startConnectionWorker(t, SERVES);
  listener.add(stuck);
  const response = ask(t, listener, "hello");
  await until(() => !stuck.handover.free);
  listener.add(good);
  listener.reclaim(stuck);
  assert.equal(listener.waiting, 0);
  assert.equal((await response).pid, good.worker.pid);
});

test("a listener that closes serves what had connected, and no one who comes later", async (t) => {
  const { listener } = await openListener(t);
  const responses = ["a", "b", "c", "d", "e"].map((words) => ask(t, listener, words));
  // Now the kernel has the connections; this process has accepted none of them.
  await new Promise(process.nextTick);
  assert.equal(listener.waiting, 0);
  const closed = listener.close(stretched(5000));
  await until(() => listener.waiting === 5);
  listener.add(await startConnectionWorker(t, SERVES));
  assert.deepEqual((await Promise.all(responses)).map(({ words }) => words).sort(), [..."abcde"]);
  await closed;
  await assert.rejects(text(open(t, listener)), { code: "ECONNREFUSED" });
});

test("a clock that is set an hour ahead cuts nobody who waits for a worker of a closing listener", async (t) => {
  const { listener } = await openListener(t);
  const response = ask(t, listener, "a");
  const closed = listener.close(stretched(5000));
  await until(() => listener.waiting === 1);
  // It polls the kernel at most once for each place of the backlog, and then knows until when it waits.
  for (let polls = 0; polls < 3 * 16; polls += 1) await new Promise(setImmediate);
  const now = Date.now();
  t.mock.method(Date, "now", () => now + 3_600_000);
  listener.add(await startConnectionWorker(t, SERVES));
  assert.equal((await response).words, "a");
  await closed;
});

test("a listener that has closed opens no port of an application any more", async (t) => {
  const { listener } = await openListener(t);
  const port = await freePort();
  const refused = () => assert.rejects(text(open(t, { port })), { code: "ECONNREFUSED" });
  listener.openBeside([port]);
  await listener.close(0);
  await refused();
  // The other one of two workers is still there when the first ends.
  listener.openBeside([port]);
  await refused();
  assert.equal(listener.waiting, 0);
});

test("a worker gets the next connection when it has taken the last, not at a timer's pace", async (t) => {
  t.mock.method(globalThis, "setInterval", () => setImmediate(() => undefined));
  const { listener } = await openListener(t);
  const responses = ["a", "b", "c"].map((words) => ask(t, listener, words));
  await until(() => listener.waiting === 3);
  listener.add(await startConnectionWorker(t, SERVES));
  assert.equal((await Promise.all(responses)).length, 3);
});

test("a burst leaves no timer behind", async (t) => {
  const begun = t.mock.method(globalThis, "setInterval");
  const ended = t.mock.method(globalThis, "clearInterval");
  const { listener } = await openListener(t);
  listener.add(await startConnectionWorker(t, SERVES));
  await Promise.all(["a", "b", "c"].map((words) => ask(t, listener, words)));
  assert.ok(begun.mock.callCount() > 0);
  await until(() => ended.mock.callCount() === begun.mock.callCount());
});

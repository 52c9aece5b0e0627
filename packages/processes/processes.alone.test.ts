import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createLogger } from "@gatehouse/telemetry";
import {
  Backoff,
  followSignals,
  Mutex,
  mayBecome,
  settledWithin,
  Watchdog,
  type WatchedWorker,
} from "./index.ts";

test("a crash loop backs off from 100 ms to 10 s; a healthy life, or a reset, ends it", () => {
  const backoff = new Backoff();
  const delays = Array.from({ length: 9 }, () => backoff.after(50));
  assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  assert.equal(backoff.after(10_000), 0);
  assert.equal(backoff.after(50), 100);
  backoff.reset();
  assert.equal(backoff.after(50), 100);
});

test("changes run one after the other, also after one that fails", async () => {
  const mutex = new Mutex();
  const log: string[] = [];
  const change = (name: string, failure?: Error) => async () => {
    log.push(`${name} begins`);
    await new Promise(setImmediate);
    log.push(`${name} ends`);
    if (failure !== undefined) throw failure;
    return name;
  };
  const first = mutex.run(change("first", new Error("no")));
  const second = mutex.run(change("second"));
  await assert.rejects(first, /^Error: no$/);
  assert.equal(await second, "second");
  assert.deepEqual(log, ["first begins", "first ends", "second begins", "second ends"]);
});

test("a worker's state only moves forward", () => {
  assert.ok(mayBecome("starting", "ready") && mayBecome("starting", "retiring"));
  assert.ok(mayBecome("ready", "retiring") && mayBecome("retiring", "dead"));
  assert.ok(!mayBecome("retiring", "ready") && !mayBecome("dead", "ready"));
  assert.ok(!mayBecome("ready", "ready"));
});

test("an action of a signal gets the service, and one that fails does no harm", async () => {
  const received = Promise.withResolvers<object>();
  const service = {};
  const table = {
    SIGWINCH: (given: object) => {
      received.resolve(given);
      throw new Error("useless");
    },
  };
  followSignals(table, service, createLogger("web", {}));
  const signalled = once(process, "SIGWINCH");
  process.kill(process.pid, "SIGWINCH");
  await signalled;
  assert.equal(await received.promise, service);
});

test("the watchdog finds a silent worker and a slow start, once each, and no other", async () => {
  const workers: WatchedWorker[] = [
    { state: "ready", age: 60_000, silence: 2001 },
    { state: "ready", age: 60_000, silence: 1999 },
    { state: "starting", age: 5001, silence: 5001 },
    { state: "starting", age: 4999, silence: 4999 },
    { state: "retiring", age: 60_000, silence: 3000 },
  ];
  const found: [WatchedWorker, string][] = [];
  let checks = 0;
  const checkedTwice = Promise.withResolvers<void>();
  new Watchdog<WatchedWorker>({
    workers: () => workers,
    limits: () => {
      checks++;
      if (checks === 3) checkedTwice.resolve();
      return { boot: 5000, silence: 2000 };
    },
    stuck: (worker, reason) => found.push([worker, reason]),
  });
  // Its own timer keeps no process alive.
  const alive = setInterval(() => undefined, 1000);
  await checkedTwice.promise;
  clearInterval(alive);
  assert.deepEqual(found, [
    [workers[0], "stuck"],
    [workers[2], "too slow to start"],
    [workers[4], "stuck"],
  ]);
});

test("after a time in which the primary itself did not run, its workers' messages are read before it judges them", async () => {
  let heardAt = performance.now();
  let checks = 0;
  const found: string[] = [];
  const worker: WatchedWorker = {
    state: "ready",
    age: 60_000,
    get silence() {
      return performance.now() - heardAt;
    },
  };
  new Watchdog<WatchedWorker>({
    workers: () => [worker],
    limits: () => {
      checks++;
      return { boot: 60_000, silence: 1000 };
    },
    stuck: (_, reason) => found.push(reason),
  });
  // Suspended: the check is due after 100 ms, and is more than a second late.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  // Messages are read after the timers of a turn of the loop, of which the check is one.
  await new Promise((soon) => setTimeout(soon, 0));
  // Its own timer keeps no process alive.
  while (checks === 0) {
    await new Promise(setImmediate);
    heardAt = performance.now();
  }
  assert.deepEqual(found, []);
});

test("waiting for all ends with the last one that settles, or with the limit", async () => {
  const never = new Promise(() => undefined);
  await settledWithin(20, [never]);
  const failed = Promise.reject(new Error("no"));
  await settledWithin(60_000, [failed, Promise.resolve()]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { SpareTime } from "./spare-time.ts";

const nextTurn = () => new Promise(setImmediate);

/** Work that takes a millisecond of its clock each, and what has run. */
function start() {
  let now = 0;
  let processor = 0;
  const ran: string[] = [];
  const spare = new SpareTime({ now: () => now, processor: () => processor });
  const work = (name: string, then?: () => void) => () => {
    others(1);
    ran.push(name);
    then?.();
  };
  /** The sockets of others take so many milliseconds. */
  const others = (milliseconds: number) => {
    now += milliseconds;
    processor += milliseconds;
  };
  /** Other processes have the processor. */
  const sleep = (milliseconds: number) => {
    now += milliseconds;
  };
  return { spare, ran, work, others, sleep };
}

test("a turn of the event loop runs waiting work for two milliseconds, the oldest first", async () => {
  const { spare, ran, work } = start();
  for (const name of ["a", "b", "c"]) spare.later(work(name));
  assert.deepEqual(ran, [], "nothing runs at once");
  await nextTurn();
  assert.deepEqual(ran, ["a", "b"]);
  await nextTurn();
  assert.deepEqual(ran, ["a", "b", "c"]);
});

test("the reads that work begins count with what they were seen to cost", async () => {
  const { spare, ran, others } = start();
  for (let count = 0; count < 100; count++) spare.read(() => others(1.5));
  // It only resumes sockets, which costs nothing here.
  for (let count = 0; count < 5; count++) spare.laterToRead(() => void ran.push("resumed"));
  await nextTurn();
  assert.equal(ran.length, 2, "1.5 milliseconds for each read");
});

test("the time of reads that work began is not that of others", async () => {
  const { spare, ran, work, others } = start();
  for (let count = 0; count < 20; count++) spare.later(work(`${count}`));
  await nextTurn();
  ran.length = 0;
  for (let count = 0; count < 12; count++) spare.read(() => others(1));
  await nextTurn();
  assert.equal(ran.length, 2);
});

test("a read that fails counts too", async () => {
  const { spare, ran, others } = start();
  const fail = () => {
    others(1.5);
    throw new Error("fails");
  };
  for (let count = 0; count < 100; count++) assert.throws(() => spare.read(fail), /fails/);
  for (let count = 0; count < 5; count++) spare.laterToRead(() => void ran.push("resumed"));
  await nextTurn();
  assert.equal(ran.length, 2);
});

test("what work leaves to ticks and promises counts", async () => {
  const { spare, ran, others } = start();
  for (let count = 0; count < 20; count++) {
    spare.later(() => {
      ran.push(`${count}`);
      if (count % 2 === 0) process.nextTick(() => others(1));
      else void Promise.resolve().then(() => others(1));
    });
  }
  await nextTurn();
  assert.equal(ran.length, 2);
});

test("work that is added by work waits for the next turn, even if there is time", async () => {
  const { spare, ran, work } = start();
  spare.later(work("first", () => spare.later(work("second"))));
  await nextTurn();
  assert.deepEqual(ran, ["first"]);
  await nextTurn();
  assert.deepEqual(ran, ["first", "second"]);
});

test("where the others of a turn take long, waiting work has a fourth of their time", async () => {
  const { spare, ran, work, others } = start();
  for (let count = 0; count < 20; count++) spare.later(work(`${count}`));
  others(20);
  await nextTurn();
  assert.equal(ran.length, 2, "what was before its first turn may have been a pause");
  others(20);
  await nextTurn();
  assert.equal(ran.length, 7);
  await nextTurn();
  assert.equal(ran.length, 9);
});

test("the time of other processes is not that of others", async () => {
  const { spare, ran, work, sleep } = start();
  for (let count = 0; count < 20; count++) spare.later(work(`${count}`));
  await nextTurn();
  sleep(1000);
  await nextTurn();
  assert.equal(ran.length, 4);
});

test("a client with much waiting work and one with little have turns by turns", async () => {
  const { spare, ran, work } = start();
  for (let count = 0; count < 10; count++) spare.later(work(`much ${count}`), "much");
  spare.later(work("little"), "little");
  spare.later(work("no client's"));
  await nextTurn();
  await nextTurn();
  assert.deepEqual(ran, ["much 0", "little", "no client's", "much 1"]);
});

test("waiting work takes no more than six milliseconds of any turn", async () => {
  const { spare, ran, work, others } = start();
  for (let count = 0; count < 20; count++) spare.later(work(`${count}`));
  await nextTurn();
  others(1000);
  await nextTurn();
  assert.equal(ran.length, 8);
});

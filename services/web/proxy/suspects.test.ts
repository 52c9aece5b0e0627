import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../testing/edge.ts";
import { Suspects } from "./suspects.ts";

interface Request {
  readonly name: string;
}

function start() {
  const sent: string[] = [];
  const suspects = new Suspects<Request>(({ name }) => void sent.push(name));
  const requests = new Map<string, Request>();
  const add = (name: string, ranFor: number) => {
    const request = { name };
    requests.set(name, request);
    suspects.add(request, ranFor);
  };
  const ended = (name: string, responded: boolean) => {
    suspects.ended(requests.get(name) ?? { name }, responded);
  };
  const until = (count: number) =>
    eventually(
      async () => sent.length,
      (length) => length >= count,
    );
  return { suspects, sent, add, ended, until };
}

test("the one that ran for the shortest time is sent first, alone; then ever more with each response", async () => {
  const { sent, add, ended, until } = start();
  for (const ranFor of [60_000, 10_000, 30_000, 50_000, 20_000, 40_000, 70_000]) {
    add(String(ranFor), ranFor);
  }
  await until(1);
  assert.deepEqual(sent, ["10000"]);
  ended("10000", true);
  assert.deepEqual(sent.splice(0), ["10000", "20000", "30000"]);
  ended("20000", true);
  assert.deepEqual(sent, ["40000", "50000", "60000"]);
});

test("one that ends a second worker is followed by one alone", async () => {
  const { sent, add, ended, until } = start();
  for (const ranFor of [10_000, 20_000, 30_000, 40_000, 50_000]) add(String(ranFor), ranFor);
  await until(1);
  ended("10000", true);
  assert.equal(sent.length, 3);
  ended("20000", false);
  ended("30000", false);
  await until(4);
  assert.deepEqual(sent.slice(3), ["40000"]);
});

test("one that runs for longer than before keeps the others waiting no more", async () => {
  const { sent, add, until } = start();
  add("first", 0);
  add("second", 1);
  await until(2);
  assert.deepEqual(sent, ["first", "second"]);
});

test("beyond a thousand that wait one is sent at once", () => {
  const { sent, add } = start();
  for (let count = 0; count < 1000; count++) add(String(count), 60_000);
  assert.deepEqual(sent, []);
  add("one more", 60_000);
  assert.deepEqual(sent, ["one more"]);
});

test("none waits for longer than two seconds", async () => {
  const { sent, add, until } = start();
  for (let count = 0; count < 20; count++) add(String(count), 60_000 + count);
  // By ever more at once it would take four seconds: 1, 2, 4, 8 and 5 of them.
  const began = performance.now();
  await until(20);
  assert.equal(sent.length, 20);
  assert.ok(performance.now() - began >= 1900);
});

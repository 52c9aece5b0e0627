import assert from "node:assert/strict";
import { test } from "node:test";
import { Precedence } from "./precedence.ts";

function clock() {
  let now = 1000;
  const precedence = new Precedence(() => now);
  const begin = (client: string, times: number) =>
    Array.from({ length: times }, () => precedence.begin(client)).filter(Boolean).length;
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { begin, pass };
}

test("a client that is alone never yields, however many requests it begins", () => {
  const { begin, pass } = clock();
  for (let window = 0; window < 5; window++) {
    assert.equal(begin("a", 1000), 0);
    pass(100);
  }
});

test("beside another client the one with many requests yields, and that with few does not", () => {
  const { begin } = clock();
  begin("quiet", 1);
  assert.equal(begin("greedy", 1000), 984);
  assert.equal(begin("quiet", 15), 0);
});

test("a client that comes once in a while has precedence in the window after, too", () => {
  const { begin, pass } = clock();
  begin("quiet", 1);
  begin("greedy", 1000);
  pass(100);
  assert.equal(begin("greedy", 100), 84);
  pass(100);
  assert.equal(begin("greedy", 1000), 0, "it is alone by now");
});

test("what was long ago does not count", () => {
  const { begin, pass } = clock();
  begin("quiet", 1);
  begin("greedy", 1);
  pass(1000);
  assert.equal(begin("greedy", 1000), 0);
});

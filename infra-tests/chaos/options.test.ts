import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS } from "./faults/all.ts";
import { readOptions } from "./options.ts";

const names = (only?: string) =>
  readOptions(only === undefined ? {} : { ONLY: only }).map(({ name }) => name);

test("all faults run, after a run without one", () => {
  assert.deepEqual(names(), ["control", ...FAULTS.map(({ name }) => name)]);
});

test("ONLY chooses faults, and the control run stays", () => {
  assert.deepEqual(names("edge-killed, worker-killed"), [
    "control",
    "edge-killed",
    "worker-killed",
  ]);
});

test("a name that is not there is an error that lists those that are", () => {
  assert.throws(() => names("edge-eaten"), /no fault edge-eaten; there are worker-killed, /);
});

test("names are unique, and none of a fault's sentences is empty", () => {
  assert.equal(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
  for (const { name, title, symptom, survives, todo } of FAULTS) {
    for (const text of [title, symptom, survives, todo]) assert.notEqual(text.trim(), "", name);
  }
});

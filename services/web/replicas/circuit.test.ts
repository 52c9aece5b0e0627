import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Circuit } from "./circuit.ts";

function start(failures: number, openFor: number) {
  const changes: string[] = [];
  const circuit = new Circuit(failures, openFor, (from, to) => changes.push(`${from} ${to}`));
  return { circuit, changes };
}

test("failures in a row open the circuit; a success between them restarts the count", () => {
  const { circuit, changes } = start(3, 60_000);
  circuit.failed();
  circuit.failed();
  circuit.succeeded();
  circuit.failed();
  circuit.failed();
  assert.equal(circuit.admits, true);
  circuit.failed();
  assert.equal(circuit.admits, false);
  assert.deepEqual(changes, ["closed open"]);
});

test("after its time an open circuit admits one trial, whose end decides", async () => {
  const { circuit, changes } = start(1, 5);
  circuit.failed();
  assert.equal(circuit.state, "open");
  while (!circuit.admits) await setTimeout(1);
  circuit.started();
  assert.equal(circuit.admits, false);
  circuit.failed();
  assert.equal(circuit.state, "open");
  while (!circuit.admits) await setTimeout(1);
  circuit.started();
  circuit.succeeded();
  assert.equal(circuit.admits, true);
  assert.deepEqual(changes, [
    "closed open",
    "open half-open",
    "half-open open",
    "open half-open",
    "half-open closed",
  ]);
});

test("a trial whose client left is followed by another one", () => {
  const { circuit } = start(1, 60_000);
  circuit.failed();
  circuit.allowTrial();
  circuit.started();
  circuit.abandoned();
  assert.equal(circuit.state, "half-open");
  assert.equal(circuit.admits, true);
});

test("a limit of 0 never opens it", () => {
  const { circuit } = start(0, 5);
  for (let failure = 0; failure < 100; failure++) circuit.failed();
  assert.equal(circuit.admits, true);
});

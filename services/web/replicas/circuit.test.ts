import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as after } from "node:timers/promises";
import { Circuit } from "./circuit.ts";

function start(failures: number, openFor: number) {
  const changes: string[] = [];
  const circuit = new Circuit(failures, openFor, (from, to) => changes.push(`${from} ${to}`));
  return { circuit, changes };
}

test("failures in a row open the circuit; an answer between them begins the count anew", () => {
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

test("after its time an open circuit lets one request through, and that one's end decides", async () => {
  const { circuit, changes } = start(1, 5);
  circuit.failed();
  await after(10);
  assert.equal(circuit.admits, true);
  circuit.started();
  assert.equal(circuit.admits, false);
  circuit.failed();
  assert.equal(circuit.state, "open");
  await after(10);
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

test("a trial whose client left leaves the question to the next one", () => {
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

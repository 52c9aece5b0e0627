import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Circuit } from "./circuit.ts";

function start(limit: number, openFor: number) {
  const changes: string[] = [];
  const circuit = new Circuit(limit, openFor, (from, to) => changes.push(`${from} ${to}`));
  return { circuit, changes };
}

/** How many requests it admits before one of them has a response. */
function admitted(circuit: Circuit): number {
  let count = 0;
  for (; circuit.admits && count < 100; count++) circuit.started();
  return count;
}

test("connections that are not accepted open the circuit; a response between them restarts the count", () => {
  const { circuit, changes } = start(3, 60_000);
  circuit.refused();
  circuit.refused();
  circuit.responded();
  circuit.refused();
  circuit.refused();
  assert.equal(circuit.admits, true);
  circuit.refused();
  assert.equal(circuit.admits, false);
  assert.deepEqual(changes, ["closed open"]);
});

test("any number of requests without a response does not open it at once", () => {
  const { circuit } = start(3, 60_000);
  for (let request = 0; request < 1000; request++) circuit.noResponse();
  assert.deepEqual([circuit.state, circuit.admits], ["closed", true]);
});

test("a replica that has responded to nothing for the whole time opens it", async () => {
  const { circuit } = start(3, 5);
  circuit.noResponse();
  await setTimeout(10);
  circuit.noResponse();
  assert.equal(circuit.state, "closed", "two are fewer than the limit");
  circuit.noResponse();
  assert.equal(circuit.state, "open");
});

test("a response ends the silence, and the count begins again", async () => {
  const { circuit } = start(1, 5);
  circuit.noResponse();
  await setTimeout(10);
  circuit.responded();
  circuit.noResponse();
  assert.equal(circuit.state, "closed");
});

test("half-open it admits one request, and two more for each response, until it closes", () => {
  const { circuit, changes } = start(1, 60_000);
  circuit.refused();
  assert.equal(admitted(circuit), 0);
  circuit.allowTrial();
  assert.equal(admitted(circuit), 1);
  circuit.responded();
  assert.equal(admitted(circuit), 2);
  circuit.responded();
  circuit.responded();
  assert.equal(admitted(circuit), 4);
  circuit.responded();
  circuit.responded();
  assert.equal(circuit.state, "closed");
  assert.deepEqual(changes, ["closed open", "open half-open", "half-open closed"]);
});

test("after its time an open circuit admits a trial, whose failure opens it again", async () => {
  const { circuit, changes } = start(1, 5);
  circuit.refused();
  while (!circuit.admits) await setTimeout(1);
  circuit.started();
  assert.equal(circuit.state, "half-open");
  circuit.noResponse();
  assert.equal(circuit.state, "open");
  assert.deepEqual(changes, ["closed open", "open half-open", "half-open open"]);
});

test("a trial that takes long keeps others away no longer than the time of an open circuit", async () => {
  const { circuit } = start(1, 5);
  circuit.refused();
  circuit.allowTrial();
  circuit.started();
  while (!circuit.admits) await setTimeout(1);
  assert.equal(circuit.state, "half-open");
});

test("a request that was sent in spite of an open circuit and gets its response is a trial", () => {
  const { circuit } = start(1, 60_000);
  circuit.refused();
  circuit.started();
  assert.equal(circuit.state, "open");
  circuit.responded();
  assert.deepEqual([circuit.state, circuit.admits], ["half-open", true]);
});

test("a trial whose client left is followed by another one", () => {
  const { circuit } = start(1, 60_000);
  circuit.refused();
  circuit.allowTrial();
  circuit.started();
  circuit.abandoned();
  assert.deepEqual([circuit.state, circuit.admits], ["half-open", true]);
});

test("a limit of 0 never opens it", async () => {
  const { circuit } = start(0, 5);
  for (let failure = 0; failure < 100; failure++) circuit.refused();
  circuit.noResponse();
  await setTimeout(10);
  circuit.noResponse();
  assert.equal(circuit.admits, true);
});

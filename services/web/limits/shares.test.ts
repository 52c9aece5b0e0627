import assert from "node:assert/strict";
import { test } from "node:test";
import { type Holding, Shares } from "./shares.ts";
import { Turns } from "./turns.ts";

interface Named extends Holding {
  readonly name: string;
}

function holding(client: string, name: string, idle = false): Named {
  return { client, name, idle };
}

/** Shares of so many holdings, and what was cut of them. */
function shares(most: number) {
  const cut: string[] = [];
  return { cut, all: new Shares<Named>(most, ({ name }) => cut.push(name)) };
}

test("a client that is alone may have everything, and then gets no more", () => {
  const { all, cut } = shares(3);
  for (const name of ["1", "2", "3"]) assert.equal(all.admit(holding("a", name)), "admitted");
  assert.equal(all.admit(holding("a", "4")), "full");
  assert.deepEqual(cut, []);
});

test("for a client below its share the oldest of the greediest gives way, until they are equal", () => {
  const { all, cut } = shares(4);
  for (const name of ["a1", "a2", "a3", "a4"]) all.admit(holding("a", name));
  assert.equal(all.admit(holding("b", "b1")), "admitted");
  assert.equal(all.admit(holding("b", "b2")), "admitted");
  assert.deepEqual(cut, ["a1", "a2"]);
  assert.equal(all.admit(holding("b", "b3")), "greedy");
  assert.equal(all.admit(holding("a", "a5")), "greedy");
  assert.deepEqual([all.held, all.of("a"), all.of("b")], [4, 2, 2]);
});

test("an idle holding goes before the oldest", () => {
  const { all, cut } = shares(3);
  all.admit(holding("a", "busy"));
  all.admit(holding("a", "idle", true));
  all.admit(holding("a", "another idle", true));
  all.admit(holding("b", "b1"));
  assert.deepEqual(cut, ["idle"]);
});

test("where each of many clients has one, the next client is refused", () => {
  const { all, cut } = shares(3);
  for (const client of ["a", "b", "c"]) all.admit(holding(client, client));
  assert.equal(all.admit(holding("d", "d")), "full");
  assert.deepEqual(cut, []);
});

test("what counts for no client is not cut", () => {
  const { all, cut } = shares(2);
  all.admit(holding("", "proxy"));
  all.admit(holding("", "another"));
  assert.equal(all.admit(holding("a", "a1")), "full");
  assert.deepEqual(cut, []);
});

test("what is given back twice is given back once, and leaves nothing behind", () => {
  const { all } = shares(2);
  const one = holding("a", "1");
  all.admit(one);
  all.admit(holding("b", "2"));
  all.release(one);
  all.release(one);
  assert.deepEqual([all.held, all.clients, all.of("a")], [1, 1, 0]);
});

test("turns begin in order as others leave, and not at all for one that has left", async () => {
  const turns = new Turns<string>(1);
  assert.equal(turns.enter("first"), undefined);
  const [second, third] = [turns.enter("second"), turns.enter("third")];
  assert.deepEqual([turns.isWaiting("second"), turns.isWaiting("first")], [true, false]);
  turns.leave("second");
  turns.leave("first");
  assert.deepEqual([await second, await third], [false, true]);
});

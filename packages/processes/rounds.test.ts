import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { type TestContext, test } from "node:test";
import { setInterval } from "node:timers/promises";
import { Rounds } from "./rounds.ts";

/** Milliseconds. */
const INTERVAL = 5;

function counted(t: TestContext) {
  const called = new EventEmitter();
  const state = { held: 0, calls: 0 };
  const rounds = new Rounds(INTERVAL, () => {
    state.calls++;
    called.emit("call");
    return state.held > 0;
  });
  t.after(() => rounds.close());
  // The rounds alone keep no process alive.
  const alive = setTimeout(() => undefined, 60_000);
  t.after(() => clearTimeout(alive));
  return { rounds, state, called };
}

/** As long as a timer with the same interval takes for several calls. */
async function wait(): Promise<void> {
  let left = 4;
  for await (const _ of setInterval(INTERVAL)) if (--left === 0) return;
}

test("rounds go on while something is held, and stop with the call that finds nothing", async (t) => {
  const { rounds, state, called } = counted(t);
  await wait();
  assert.equal(state.calls, 0, "nothing was held yet");
  state.held = 1;
  rounds.begin();
  rounds.begin();
  for (let nth = 0; nth < 3; nth++) await once(called, "call");
  state.held = 0;
  await once(called, "call");
  const { calls } = state;
  await wait();
  assert.equal(state.calls, calls);
  state.held = 1;
  rounds.begin();
  await once(called, "call");
  assert.equal(state.calls, calls + 1);
});

test("closed rounds are not called again", async (t) => {
  const { rounds, state } = counted(t);
  state.held = 1;
  rounds.begin();
  rounds.close();
  await wait();
  assert.equal(state.calls, 0);
});

import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { isLate, slowness, stretched } from "./stretched.ts";

test("a limit is never shorter than on a quiet machine", () => {
  assert.ok(stretched(1000) >= 1000);
});

test("a limit grows when others compete for the processors, and does not shrink again", async (t) => {
  const quiet = slowness();
  const busy = Array.from(
    { length: 6 * availableParallelism() },
    () => new Worker("while (true);", { eval: true }),
  );
  const end = () => Promise.all(busy.map((each) => each.terminate()));
  t.after(end);
  while (slowness() < quiet + 1);
  await end();
  assert.ok(stretched(1000) >= 1000 * (quiet + 1));
});

test("a limit is over only after its time", () => {
  assert.equal(isLate(performance.now() - 900, 1000), false);
  assert.equal(isLate(performance.now() - 1_000_000, 1000), true);
});

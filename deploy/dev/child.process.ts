import assert from "node:assert/strict";
import { test } from "node:test";
import { Child } from "./child.ts";

test("a program whose leader passes no signal on ends at once, with all that it has started", async () => {
  const child = new Child({
    source: "compiler",
    // As `node --run` with a compiler: what holds the output open gets no signal.
    command: ["sh", "-c", "echo started; sleep 60; echo over"],
    cwd: import.meta.dirname,
    environment: {},
    end: "SIGTERM",
  });
  await child.line(/started/);
  const began = performance.now();
  await child.stop();
  // After 5 s it would be killed.
  assert.ok(performance.now() - began < 4500);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stretched } from "@gatehouse/telemetry/testing";
import { Child } from "./child.ts";

/** Milliseconds that a busy machine may take for it. */
const TIMEOUT = 10_000;

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

test("a program that leaves what it has started behind has ended with all of that", async (t) => {
  const starts = `
    const { spawn } = require("node:child_process");
    spawn("sleep", ["600"], { stdio: "inherit" });
    console.log("started");
    setInterval(() => {}, 1000);`;
  const child = new Child({
    source: "compiler",
    command: [process.execPath, "--eval", starts],
    cwd: import.meta.dirname,
    environment: {},
    end: "SIGTERM",
    hides: () => true,
  });
  t.after(() => child.kill());
  await child.line(/started/);
  child.signal("SIGTERM");
  // Without the time limit of a stop.
  const late = pause(stretched(TIMEOUT), "late", { ref: false });
  assert.notEqual(await Promise.race([child.ended, late]), "late");
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stretched } from "@gatehouse/telemetry/testing";
import { temporaryFolder } from "./testing.ts";

const COMMAND = JSON.stringify(new URL("./command.ts", import.meta.url).href);
const INTERRUPTION = JSON.stringify(new URL("./interruption.ts", import.meta.url).href);

/** What a script prints that gets a SIGINT once it has printed "ready", and its exit. */
async function interrupted(script: string): Promise<[output: string, exit: unknown[]]> {
  const imports = `
    import { endPrograms, run } from ${COMMAND};
    import { Interruption } from ${INTERRUPTION};`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", imports + script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    output += text;
    if (output === "ready\n") child.kill("SIGINT");
  }
  return [output, await exit];
}

test("work that holds an Interruption cleans up with programs, though others still end", async () => {
  const [output, exit] = await interrupted(`
    using interruption = new Interruption();
    const slow = run("sh", ["-c", "trap '' INT; echo ready; exec sleep 60"], { stream: true });
    const first = run("sleep", ["60"]);
    const { code } = await first;
    const cleaned = await run("echo", ["cleaned up"]);
    console.log(code, cleaned.code, cleaned.stdout.trim());
    try { interruption.check(); } catch (error) { console.log(error.message, error.exitCode); }
    console.log(interruption.reasonFor(new Error("another")).message);
    endPrograms();
    await slow;
  `);
  assert.equal(output, "ready\n130 0 cleaned up\nstopped by SIGINT 130\nstopped by SIGINT\n");
  assert.deepEqual(exit, [0, null]);
});

test("without one the process ends, and starts no program any more", async () => {
  const [output, exit] = await interrupted(`
    await run("sh", ["-c", "echo ready; sleep 60"], { stream: true });
    const { code } = await run("echo", ["more"], { stream: true });
    console.log(code);
  `);
  assert.equal(output, "ready\n130\n");
  assert.deepEqual(exit, [null, "SIGINT"]);
});

/** Holds an Interruption, prints on, and writes what it saw into a file. @returns its words of a command line */
function printing(file: string): string[] {
  const script = `
    import { writeFileSync } from "node:fs";
    import { Interruption } from ${INTERRUPTION};
    let calls = 0;
    {
      using interruption = new Interruption(() => { calls += 1; });
      const timer = setInterval(() => console.log("ready"), 20);
      await interruption.arrived;
      // The other signs of the same end.
      for (let at = 0; at < 5; at++) {
        console.log("cleaning up");
        await new Promise((resolve) => setImmediate(resolve));
      }
      clearInterval(timer);
      try { interruption.check("it is clean"); } catch (error) {
        writeFileSync(${JSON.stringify(file)}, [error.message, error.exitCode, calls].join(" "));
      }
    }
    console.error("last words");
    await new Promise((resolve) => setImmediate(resolve));
  `;
  return [process.execPath, "--input-type=module", "-e", script];
}

test("a reader of the output that goes away is an interruption", async (t) => {
  const file = join(await temporaryFolder(t), "seen");
  const [program = "", ...args] = printing(file);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const exit = once(child, "exit");
  await once(child.stdout, "data");
  child.stdout.destroy();
  child.stderr.destroy();
  assert.deepEqual(await exit, [0, null]);
  assert.equal(await readFile(file, "utf8"), "stopped by SIGPIPE: it is clean 141 1");
});

test("a terminal that goes away is one interruption, by its signal and its failing writes", async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, "seen");
  const words = printing(file).map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const command = `exec ${words.join(" ")}`;
  // The terminal ends with `script`, which is killed.
  const terminal = spawn("script", ["--quiet", "--command", command, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  t.after(() => terminal.kill("SIGKILL"));
  await once(terminal.stdout, "data");
  terminal.kill("SIGKILL");
  const signal = AbortSignal.timeout(stretched(10_000));
  while (!existsSync(file)) {
    signal.throwIfAborted();
    await pause(20);
  }
  assert.match(await readFile(file, "utf8"), /^stopped by SIGHUP: it is clean 129 1$/);
});

test("a full disk behind the output is no signal: the reason is said", async (t) => {
  const file = join(await temporaryFolder(t), "seen");
  const [program = "", ...args] = printing(file);
  await using full = await open("/dev/full", "w");
  const child = spawn(program, args, { stdio: ["ignore", full.fd, full.fd] });
  assert.deepEqual(await once(child, "exit"), [0, null]);
  assert.equal(
    await readFile(file, "utf8"),
    "the output cannot be written (ENOSPC): it is clean 1 1",
  );
});

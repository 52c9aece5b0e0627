import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

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

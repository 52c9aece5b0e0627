import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { run } from "./command.ts";

const node = (script: string, options = {}) => run(process.execPath, ["-e", script], options);

test("the result has the streams and the exit code of the program", async () => {
  const result = await node("console.log('out'); console.error('err'); process.exitCode = 3");
  assert.deepEqual(
    { code: result.code, stdout: result.stdout, stderr: result.stderr },
    { code: 3, stdout: "out\n", stderr: "err\n" },
  );
  assert.equal(result.output.length, "out\nerr\n".length);
});

test("a missing program is exit code 127, not an exception", async () => {
  assert.equal((await run("gatehouse-no-such-program", [])).code, 127);
});

test("text is written to standard input, which is empty otherwise", async () => {
  const echo = "process.stdin.pipe(process.stdout)";
  assert.equal((await node(echo, { input: "hello" })).stdout, "hello");
  assert.equal((await node(echo)).stdout, "");
});

test("a timeout ends the program and everything that it has started", async () => {
  const script = `
    const child = require("node:child_process").spawn("sleep", ["60"], { stdio: "inherit" });
    console.log(child.pid);
    setTimeout(() => {}, 60_000);`;
  const start = performance.now();
  // The streams stay open until the grandchild has ended too: so this result proves it.
  const { code, stdout } = await node(script, { timeout: 1_000 });
  assert.equal(code, 124);
  assert.match(stdout, /^\d+\n$/);
  assert.ok(performance.now() - start < 30_000);
});

test("variables are added to those of this process, and undefined removes one", async (context) => {
  process.env.GATEHOUSE_TEST_KEPT = "kept";
  context.after(() => delete process.env.GATEHOUSE_TEST_KEPT);
  const script = "console.log(process.env.GATEHOUSE_TEST_KEPT, process.env.ADDED)";
  assert.equal((await node(script, { env: { ADDED: "added" } })).stdout, "kept added\n");
  const { stdout } = await node(script, { env: { GATEHOUSE_TEST_KEPT: undefined } });
  assert.equal(stdout, "undefined undefined\n");
});

test("a signal ends the program first, then this process", async () => {
  const inner = `
    process.once("SIGTERM", () => { console.log("inner ended"); process.exit(0); });
    console.log("ready");
    setInterval(() => {}, 60_000);`;
  const outer = `
    import { run } from ${JSON.stringify(new URL("./command.ts", import.meta.url).href)};
    await run(process.execPath, ["-e", ${JSON.stringify(inner)}], { stream: true });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", outer]);
  const exit = once(child, "exit");
  let stdout = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    stdout += text;
    if (stdout === "ready\n") child.kill("SIGTERM");
  }
  assert.equal(stdout, "ready\ninner ended\n");
  assert.deepEqual(await exit, [null, "SIGTERM"]);
});

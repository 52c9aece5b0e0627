import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";

/** A process that logs so many lines to an unread pipe, says how long that took, and ends at a message. */
async function startLogging(t: TestContext, lines: number) {
  const source = `
    import { createLogger } from "${import.meta.dirname}/index.ts";
    const logger = createLogger("web", {});
    const began = performance.now();
    for (let at = 0; at < ${lines}; at++) logger.info("x".repeat(500), { at });
    process.send(performance.now() - began);
    process.once("message", () => process.exit(3));
  `;
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-output-"));
  t.after(() => rmSync(folder, { recursive: true }));
  // A real pipe, as a container's stdout is; Node's own "pipe" is a socket.
  const pipe = join(folder, "stdout");
  execFileSync("mkfifo", [pipe]);
  const held = openSync(pipe, "r+");
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", source], {
    stdio: ["ignore", held, "inherit", "ipc"],
    timeout: 30_000,
    killSignal: "SIGKILL",
  });
  t.after(() => child.kill("SIGKILL"));
  const [took] = await Promise.race([once(child, "message"), once(child, "exit")]);
  const exited = once(child, "exit");
  return {
    child,
    took: Number(took),
    exited,
    /** The lines as they come. */
    read() {
      const fd = openSync(pipe, "r");
      void exited.then(() => closeSync(held));
      return createInterface({ input: createReadStream("", { fd }) });
    },
  };
}

test("a pipe that nobody reads delays no line, and the log says later how many are lost", async (t) => {
  const { child, took, read, exited } = await startLogging(t, 10_000);
  assert.ok(took > 0 && took < 10_000, `${took} ms`);
  const found: number[] = [];
  let lost = 0;
  for await (const line of read()) {
    const { at, lines, message } = JSON.parse(line);
    if (message !== "log lines lost") found.push(at);
    else {
      lost = lines;
      child.send("end");
    }
  }
  assert.deepEqual(
    found,
    found.map((_, at) => at),
    "the first ones, in order",
  );
  assert.ok(lost > 0 && found.length > 1000, `${lost} lost, ${found.length} found`);
  assert.equal(found.length + lost, 10_000);
  assert.deepEqual(await exited, [3, null]);
});

test("a process that ends gives a slow reader a moment, and no more", async (t) => {
  const { child, exited } = await startLogging(t, 500);
  child.send("end");
  assert.deepEqual(await exited, [3, null]);
});

test("the last lines are there when the reader comes within that moment", async (t) => {
  const { child, read } = await startLogging(t, 500);
  child.send("end");
  const lines: string[] = [];
  for await (const line of read()) lines.push(line);
  assert.equal(lines.length, 500);
});

test("a process that ends reports what is lost to a reader that comes within that moment", async (t) => {
  const { child, read } = await startLogging(t, 10_000);
  child.send("end");
  const found: { message: string; lines?: number; tier?: string }[] = [];
  for await (const line of read()) found.push(JSON.parse(line));
  const { message, lines, tier } = found.at(-1) ?? {};
  assert.deepEqual([message, tier], ["log lines lost", "web"]);
  assert.equal(Number(lines) + found.length - 1, 10_000);
});

test("in a file, log lines, access lines and the application's own text overwrite none of each other", async (t) => {
  const source = `
    import { createLogger, LineWriter } from "${import.meta.dirname}/index.ts";
    const logger = createLogger("web", {});
    const writer = new LineWriter("-");
    for (let at = 0; at < 100; at++) {
      writer.append("access\\n");
      writer.flush();
      logger.info("log");
      console.log("own");
    }
  `;
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-output-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "stdout");
  const stdout = openSync(file, "w");
  execFileSync(process.execPath, ["--input-type=module-typescript", "-e", source], {
    stdio: ["ignore", stdout, "inherit"],
  });
  closeSync(stdout);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const kinds = lines.map((line) => (line.startsWith("{") ? JSON.parse(line).message : line));
  assert.deepEqual(kinds, Array(100).fill(["access", "log", "own"]).flat());
});

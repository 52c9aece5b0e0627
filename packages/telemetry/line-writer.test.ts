import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { jsonText, LineWriter } from "./index.ts";

function fileIn(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-lines-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "access.log");
}

test("lines come in their order, and after a move into a new file", async (t) => {
  const file = fileIn(t);
  const writer = new LineWriter(file);
  for (let line = 0; line < 1000; line++) writer.append(`${line}\n`);
  await writer.end(1000);
  assert.equal(
    readFileSync(file, "utf8"),
    Array.from({ length: 1000 }, (_, at) => `${at}\n`).join(""),
  );
  renameSync(file, `${file}.1`);
  writer.append("to the old one\n");
  writer.reopen();
  writer.append("to the new one\n");
  await writer.end(1000);
  assert.match(readFileSync(`${file}.1`, "utf8"), /to the old one\n$/);
  assert.equal(readFileSync(file, "utf8"), "to the new one\n");
});

/** A process that writes 40,000 lines to a pipe that is not read yet. */
async function writeToPipe(t: TestContext) {
  const source = `
    import { LineWriter } from "${import.meta.dirname}/line-writer.ts";
    const writer = new LineWriter("-");
    const line = "x".repeat(1023) + "\\n";
    let longest = 0;
    for (let count = 0; count < 40_000; count++) {
      const began = performance.now();
      writer.append(line);
      longest = Math.max(longest, performance.now() - began);
    }
    process.stderr.write(longest + "\\n");
    process.once("message", async (timeout) => {
      await writer.end(timeout);
      process.send(writer.dropped, () => process.exit(0));
    });
  `;
  // A real pipe, as a container's stdout is; Node's own "pipe" is a socket.
  const pipe = `${fileIn(t)}.fifo`;
  execFileSync("mkfifo", [pipe]);
  const held = openSync(pipe, "r+");
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", source], {
    stdio: ["ignore", held, "pipe", "ipc"],
  });
  t.after(() => child.kill("SIGKILL"));
  assert.ok(child.stderr);
  const [duration] = await once(child.stderr, "data");
  assert.ok(Number(duration) < 1000, `one line took ${duration} ms`);
  const fd = openSync(pipe, "r");
  void once(child, "exit").then(() => closeSync(held));
  return {
    /** Ends the writer, which a slow reader may keep for so many milliseconds. @returns what it has dropped */
    end: async (timeout: number): Promise<number> => {
      const dropping = once(child, "message");
      child.send(timeout);
      const [dropped] = await dropping;
      return dropped;
    },
    /** The lines, up to the end of the process. */
    read: async (): Promise<string[]> => {
      const read = await createReadStream("", { fd }).toArray();
      return String(Buffer.concat(read)).split("\n").slice(0, -1);
    },
  };
}

test("a reader of stdout that does not read blocks nobody, and what is lost is counted", async (t) => {
  const { end, read } = await writeToPipe(t);
  const [dropped, all] = await Promise.all([end(10_000), read()]);
  // Once all that waited is written.
  const { message, lines: reported } = JSON.parse(all.at(-1) ?? "");
  assert.deepEqual([message, reported], ["access lines lost", dropped]);
  const lines = all.slice(0, -1);
  assert.ok(
    lines.every((line) => line.length === 1023),
    "no line is torn",
  );
  assert.ok(dropped > 0 && dropped < 40_000, `${dropped} dropped`);
  assert.equal(lines.length + dropped, 40_000);
});

test("what nobody has read when the time of the end is over is counted as lost", async (t) => {
  const { end, read } = await writeToPipe(t);
  const dropped = await end(50);
  const lines = await read();
  assert.ok(lines.length < 1000, `${lines.length} of the pipe`);
  assert.equal(lines.length + dropped, 40_000);
});

test("a word is JSON of ASCII alone, and clipped", () => {
  for (const word of [
    "",
    "plain/path?x=1",
    'a"b\\c',
    "\u00e9\u2028\n\t\u0000\u007f",
    "\ud83d\ude00",
  ]) {
    assert.equal(JSON.parse(`"${jsonText(word, 100)}"`), word);
    assert.match(jsonText(word, 100), /^[ -~]*$/);
  }
  assert.equal(jsonText("abcdef", 3), "abc...");
});

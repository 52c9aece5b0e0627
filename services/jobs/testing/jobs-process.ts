import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate, stretched } from "@gatehouse/telemetry/testing";

const MAIN = join(import.meta.dirname, "../main.ts");

/** Milliseconds, on a quiet machine. */
const DEADLINE = 20_000;

/** A line of the log, or of a program's own output. */
export type Line = Readonly<Record<string, unknown>> & { readonly text: string };

/** A folder of a test, with modules in it. */
export async function folderWith(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "jobs-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** The text of a module with one task that runs `task.mjs` every second. */
export const everySecond = (fields = "", name = "tick") =>
  `export default { "${name}": { cron: "* * * * * *", command: ["node", "task.mjs"], ${fields} } };`;

/** Waits until something is so. @throws AssertionError after a while, with what it was */
export async function eventually(check: () => boolean, what: () => string): Promise<void> {
  const since = performance.now();
  while (!check()) {
    assert.ok(!isLate(since, DEADLINE), `not in time: ${what()}`);
    await pause(20);
  }
}

/** A process that runs background jobs. */
export class JobsProcess {
  readonly child: ChildProcess;
  readonly lines: Line[] = [];
  readonly closed: Promise<number | null>;

  constructor(t: TestContext, folder: string, environment: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [MAIN], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, JOBS_STATE: "state", JOBS_BOOT_TIME: "1500", ...environment },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#add(line));
    }
    // One that does not end by itself fails its test with the code null.
    const late = setTimeout(() => this.child.kill("SIGKILL"), stretched(2 * DEADLINE));
    this.closed = once(this.child, "close").then(([code]) => code);
    void this.closed.then(() => clearTimeout(late));
    t.after(() => this.child.kill("SIGKILL"));
  }

  /** Waits for a number of lines with this message. @throws AssertionError with all lines if they do not come */
  async until(message: string, count = 1): Promise<Line[]> {
    await eventually(
      () => this.of(message).length >= count,
      () => `${count} lines "${message}" in\n${this.lines.map(({ text }) => text).join("\n")}`,
    );
    return this.of(message);
  }

  of(message: string): Line[] {
    return this.lines.filter((line) => line.message === message || line.text === message);
  }

  /** Sends a signal, and waits until the process has ended. @returns its exit code */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return await this.closed;
  }

  #add(text: string): void {
    this.lines.push(text.startsWith("{") ? { ...JSON.parse(text), text } : { text });
  }
}

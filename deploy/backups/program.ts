import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { lastLine } from "../command.ts";
import { Problem } from "../problem.ts";

/** A program whose input and output are streams of bytes, as large as they may be. */
export class Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<number>;
  #stderr = "";

  constructor(
    command: string,
    args: readonly string[],
    options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ) {
    // Its own process group: a terminal's Ctrl-C is for the command, which ends its programs when it may.
    const child = spawn(command, args, {
      ...options,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#child = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#ended = promise;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    child.on("error", (error) => {
      this.#stderr += error.message;
      resolve(127);
    });
    child.on("close", (code) => resolve(code ?? 128));
    // A program that does not read its input would cause an EPIPE here; its exit code says why.
    child.stdin.on("error", () => {});
  }

  /** What it has written to standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Its exit code, once it has ended and its output is read. */
  get ended(): Promise<number> {
    return this.#ended;
  }

  /** Waits for its end. @throws Problem with its last line, after `what`, if it fails */
  async succeed(what: string): Promise<void> {
    const code = await this.#ended;
    if (code === 0) return;
    throw new Problem(`${what}: ${lastLine(this.#stderr) || `exit code ${code}`}`);
  }

  kill(): void {
    this.#child.kill();
  }
}

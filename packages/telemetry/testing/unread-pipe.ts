import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "./stretched.ts";

/** Milliseconds. */
const DEADLINE = 60_000;
/** Of 64 KiB, which a pipe takes, each access line takes half a kilobyte or so. */
const MANY = 400;

/** A real pipe for a process's stdout, as a container's is; Node's own "pipe" is a socket. It is read on demand. */
export class UnreadPipe {
  readonly writeEnd: number;
  readonly #readEnd: number;
  #text = "";

  constructor(t: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-pipe-"));
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    this.writeEnd = openSync(path, "r+");
    this.#readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    t.after(() => {
      closeSync(this.writeEnd);
      closeSync(this.#readEnd);
      rmSync(folder, { recursive: true });
    });
  }

  /** Reads up to a line, and no further. */
  async line(
    matches: (line: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>> {
    const since = performance.now();
    while (!isLate(since, DEADLINE)) {
      this.#read();
      const lines = this.#text.split("\n");
      this.#text = lines.pop() ?? "";
      const found = lines.map((line) => JSON.parse(line)).find(matches);
      if (found !== undefined) return found;
      await pause(20);
    }
    throw new Error("no such line");
  }

  #read(): void {
    const bytes = Buffer.alloc(65_536);
    try {
      this.#text += bytes.toString("utf8", 0, readSync(this.#readEnd, bytes));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}

/** Has a server write more lines than an unread pipe takes: of requests, then of what it refuses. */
export async function causeLines(port: number): Promise<void> {
  await statuses(port, MANY);
  for (let count = 0; count < MANY; count += 1) {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    socket.end("no request\r\n\r\n");
    const since = performance.now();
    socket.resume();
    while (!socket.closed && !isLate(since, 1000)) await new Promise(setImmediate);
    const isStuck = !socket.closed;
    socket.destroy();
    if (isStuck) return;
  }
}

/** The different statuses of so many requests, one after the other; 0 for none within 5 s. */
export async function statuses(port: number, requests: number): Promise<number[]> {
  const found = new Set<number>();
  for (let count = 0; count < requests && !found.has(0); count += 1) {
    const signal = AbortSignal.timeout(5000);
    const status = await fetch(`http://127.0.0.1:${port}/`, { signal }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    found.add(status);
  }
  return [...found];
}

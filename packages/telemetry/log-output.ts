import { constants, fstatSync, openSync, writeSync } from "node:fs";

/** Milliseconds between two attempts to write what waits for a reader. */
const INTERVAL = 20;
/** Bytes that may wait; further lines are dropped, and counted. */
const LONGEST_BACKLOG = 2 ** 20;
/** Milliseconds that the end of a process waits for a reader. */
const END_TIMEOUT = 1000;

/**
 * Writes lines to stdout at once: the last ones before the end of a process must neither be lost nor reordered. A
 * pipe that nobody reads delays nobody: its lines wait up to a bound.
 */
export class LogOutput {
  #descriptor: number | undefined;
  #backlog: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #lost: (lines: number) => void;

  /** @param lost is called with the number of lines that were dropped, once there is a reader again */
  constructor(lost: (lines: number) => void) {
    this.#lost = lost;
  }

  /** @param line with its line feed */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#backlog.length === 0 && this.#writeOut(bytes)) return;
    if (this.#bytes + bytes.length > LONGEST_BACKLOG) {
      this.#dropped++;
      return;
    }
    this.#backlog.push(bytes);
    this.#bytes += bytes.length;
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(this.#tick, INTERVAL).unref();
    process.once("exit", this.#end);
  }

  /** Before the end of the process: a slow reader has a moment for what waits. */
  readonly #end = () => {
    const deadline = performance.now() + END_TIMEOUT;
    const clock = new Int32Array(new SharedArrayBuffer(4));
    while (!this.#writeBacklog() && performance.now() < deadline) {
      Atomics.wait(clock, 0, 0, INTERVAL);
    }
  };

  readonly #tick = () => {
    if (!this.#writeBacklog()) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    process.off("exit", this.#end);
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#lost(dropped);
  };

  /** @returns whether none is left */
  #writeBacklog(): boolean {
    for (let first = this.#backlog[0]; first !== undefined; first = this.#backlog[0]) {
      if (!this.#writeOut(first)) return false;
      this.#backlog.shift();
      this.#bytes -= first.length;
    }
    return true;
  }

  /** @returns false where it has to be written later */
  #writeOut(bytes: Buffer): boolean {
    this.#descriptor ??= openStdout();
    try {
      // A pipe takes a line, which is short, whole or not at all.
      writeSync(this.#descriptor, bytes);
      return true;
    } catch (error) {
      // Without a reader, or on a full disk, it is lost.
      return !(error instanceof Error && "code" in error && error.code === "EAGAIN");
    }
  }
}

/** A pipe by a description of its own: O_NONBLOCK must not reach what else writes to it. */
function openStdout(): number {
  try {
    if (!fstatSync(1).isFIFO()) return 1;
    return openSync("/proc/self/fd/1", constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return 1;
  }
}

import { constants, fstatSync, openSync, writeSync } from "node:fs";

/** PIPE_BUF of Linux: a write up to here is never mixed with another process's (pipe(7)). */
export const ATOMIC_WRITE = 4096;
/** Milliseconds between two attempts to write what waits for a reader. */
const INTERVAL = 20;
/** Milliseconds that the end of a process waits for a reader. */
const END_TIMEOUT = 1000;

/** When the last attempt before the end of this process is made, for all its outputs together. */
let endsAt: number | undefined;

interface Waiting {
  bytes: Buffer;
  readonly lines: number;
}

export type Tier = "web" | "gateway" | "app" | "jobs";

/**
 * Writes whole lines at once: the last ones before the end of a process must neither be lost nor reordered. A reader
 * that does not read delays no request: lines wait up to a bound, further ones are dropped and counted, and once all
 * that waited is written, a line reports how many.
 */
export class LogOutput {
  readonly #limit: number;
  readonly #message: string;
  #descriptor: number | undefined;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  dropped = 0;
  /** Of those, as many as a line has reported. */
  #reported = 0;
  /** What the line that reports them begins with. */
  tier: Tier | undefined;

  /**
   * @param limit bytes that may wait for a reader
   * @param message of the line that reports dropped lines
   */
  constructor(limit: number, message: string) {
    this.#limit = limit;
    this.#message = message;
  }

  /** Where lines are written from now on: stdout otherwise. */
  set descriptor(descriptor: number | undefined) {
    this.#descriptor = descriptor;
  }

  /** @param text up to 4 KB, so that a pipe takes it whole or not at all; with its line feeds, which are `lines` */
  write(text: string, lines = 1): void {
    const bytes = Buffer.from(text);
    if (this.#bytes + bytes.length > this.#limit) {
      this.dropped += lines;
      return;
    }
    this.#waiting.push({ bytes, lines });
    this.#bytes += bytes.length;
    if (this.#timer === undefined && !this.flush()) {
      this.#timer = setInterval(this.#tick, INTERVAL).unref();
      process.once("exit", this.#end);
    }
  }

  /** Writes what waits, as far as the reader takes it now. @returns whether none is left */
  flush(): boolean {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const written = this.#writeOut(first);
      this.#bytes -= written;
      // A terminal may take a part of a line.
      first.bytes = first.bytes.subarray(written);
      if (first.bytes.length > 0) return false;
      this.#waiting.shift();
      if (this.dropped > this.#reported && this.#waiting.length === 0) this.#reportDropped();
    }
    return true;
  }

  /** What waits is given up, and counted. */
  drop(): void {
    for (const { lines } of this.#waiting.splice(0)) this.dropped += lines;
    this.#bytes = 0;
  }

  readonly #tick = () => {
    if (!this.flush()) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    process.off("exit", this.#end);
  };

  /** Before the end of the process: a slow reader has a moment for what waits. */
  readonly #end = () => {
    endsAt ??= performance.now() + END_TIMEOUT;
    const clock = new Int32Array(new SharedArrayBuffer(4));
    while (!this.flush() && performance.now() < endsAt) Atomics.wait(clock, 0, 0, INTERVAL);
  };

  /** @returns the bytes that need not be written any more */
  #writeOut({ bytes, lines }: Waiting): number {
    this.#descriptor ??= openStdout();
    try {
      return writeSync(this.#descriptor, bytes);
    } catch (error) {
      // A full pipe takes it later. A full disk, or a pipe without a reader, never does.
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") return 0;
      this.dropped += lines;
      return bytes.length;
    }
  }

  #reportDropped(): void {
    const lines = this.dropped - this.#reported;
    this.#reported = this.dropped;
    const time = new Date().toISOString();
    const line = { level: "warn", time, tier: this.tier, lines, message: this.#message };
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    this.#waiting.push({ bytes, lines: 0 });
    this.#bytes += bytes.length;
  }
}

/**
 * A file description of our own, except for a file: O_NONBLOCK must not reach what else writes to stdout, and a
 * second offset in a file would overwrite it.
 */
export function openStdout(): number {
  try {
    if (fstatSync(1).isFile()) return 1;
    return openSync(
      "/proc/self/fd/1",
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    // A socket, or a system without /proc.
    return 1;
  }
}

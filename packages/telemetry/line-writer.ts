import { closeSync, constants, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ATOMIC_WRITE, type Tier } from "./logger.ts";

/** Writes that are made together: only the first of them wakes the reader. */
const BURST = 8;
/** Milliseconds that lines are collected, so that one write takes many. */
const INTERVAL = 20;
/** Writes that may wait for a reader that does not read; further lines are dropped. */
const LONGEST_BACKLOG = 4096;

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Writes one line a request to stdout or to a file, many lines with one system call. A reader that
 * does not read delays no request: lines wait up to a bound; further ones are dropped and counted.
 */
export class LineWriter {
  readonly #target: string;
  #descriptor: number | undefined;
  #lines = "";
  #collected = 0;
  #backlog: { readonly text: string; readonly lines: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  dropped = 0;
  /** Of those, as many as a line has reported. */
  #reported = 0;
  #tier: Tier | undefined;
  #now = 0;
  #beginning = "";

  readonly #tick = () => {
    this.#timer = undefined;
    this.#writeBacklog();
    if (this.#backlog.length > 0) this.#timer = setTimeout(this.#tick, INTERVAL);
  };

  /**
   * @param target "-" is stdout, "off" is nowhere, anything else a file.
   * @throws the error of opening the file.
   */
  constructor(target: string) {
    // An application may change the working directory before the file is opened anew.
    this.#target = target === "-" || target === "off" ? target : resolve(target);
    this.#descriptor = open(target);
  }

  /** Whether lines are written at all: otherwise none needs to be made. */
  get open(): boolean {
    return this.#descriptor !== undefined;
  }

  /** @param line ASCII, under 4 KB, with its line feed: then it is written whole or not at all. */
  append(line: string): void {
    if (this.#descriptor === undefined) return;
    if (this.#lines.length + line.length > ATOMIC_WRITE) {
      this.#endPiece();
      if (this.#backlog.length >= BURST) this.#writeBacklog();
    }
    this.#lines += line;
    this.#collected++;
    this.#timer ??= setTimeout(this.#tick, INTERVAL);
  }

  /** An access line up to the request id. Under load many lines are of the same millisecond. */
  protected beginning(tier: Tier): string {
    this.#tier = tier;
    const now = Date.now();
    if (now !== this.#now) {
      const time = new Date(now).toISOString();
      this.#now = now;
      this.#beginning = `{"level":"info","time":"${time}","tier":"${tier}","request_id":"`;
    }
    return this.#beginning;
  }

  /** Opens the file anew, after it was moved away. @throws the error of opening it. */
  reopen(): void {
    this.flush();
    const old = this.#descriptor;
    this.#descriptor = open(this.#target);
    if (old !== undefined && old > 2) closeSync(old);
  }

  /** Writes what is collected, as far as the reader takes it now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#tick();
  }

  /** The same at the end of the process: a slow reader has `timeout` ms to read the rest. */
  async end(timeout: number): Promise<void> {
    const deadline = performance.now() + timeout;
    this.flush();
    while (this.#backlog.length > 0 && performance.now() < deadline) await pause(INTERVAL);
    for (const { lines } of this.#backlog.splice(0)) this.dropped += lines;
  }

  #writeBacklog(): void {
    if (this.#lines !== "") this.#endPiece();
    while (this.#backlog[0] !== undefined) {
      if (!this.#writeOut(this.#backlog[0].text, this.#backlog[0].lines)) return;
      this.#backlog.shift();
    }
  }

  #endPiece(): void {
    const piece = { text: this.#lines, lines: this.#collected };
    this.#lines = "";
    this.#collected = 0;
    if (this.#backlog.length < LONGEST_BACKLOG) this.#backlog.push(piece);
    else this.dropped += piece.lines;
  }

  /** All that waited is written: the log itself says what it lacks. */
  #reportLost(): void {
    const time = new Date().toISOString();
    const lines = this.dropped - this.#reported;
    this.#reported = this.dropped;
    const line = { level: "warn", time, tier: this.#tier, lines, message: "access lines lost" };
    this.#backlog.push({ text: `${JSON.stringify(line)}\n`, lines: 0 });
  }

  /** @returns false where the text has to be written later */
  #writeOut(text: string, lines: number): boolean {
    try {
      writeSync(this.#descriptor ?? 1, text, null, "latin1");
      if (this.dropped > this.#reported && this.#backlog.length === 1) this.#reportLost();
      return true;
    } catch (error) {
      // A full pipe takes the text later. A full disk, or a pipe without a reader, never does.
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return false;
      this.dropped += lines;
      return true;
    }
  }
}

function open(target: string): number | undefined {
  if (target === "off") return undefined;
  if (target !== "-") return openSync(target, O_WRONLY | O_APPEND | O_CREAT, 0o644);
  try {
    // A file description of our own: O_NONBLOCK must not reach processes that share stdout.
    return openSync("/proc/self/fd/1", O_WRONLY | O_APPEND | O_NONBLOCK);
  } catch {
    // A socket, or a system without /proc: the descriptor is used as it is.
    return 1;
  }
}

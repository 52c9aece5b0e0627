import { closeSync, constants, openSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ATOMIC_WRITE, LogOutput, openStdout, type Tier } from "./log-output.ts";

/** Writes that are made together: only the first of them wakes the reader. */
const BURST = 8;
/** Milliseconds that lines are collected, so that one write takes many. */
const INTERVAL = 20;
/** Bytes that may wait for a reader. */
const LONGEST_BACKLOG = 16 * 2 ** 20;

const { O_APPEND, O_CREAT, O_WRONLY } = constants;

/** Writes one line a request to stdout or to a file, many lines with one system call. */
export class LineWriter {
  readonly #target: string;
  readonly #output = new LogOutput(LONGEST_BACKLOG, "access lines lost");
  #descriptor: number | undefined;
  #lines = "";
  #collected = 0;
  /** At most a burst of them. */
  #pieces: { readonly text: string; readonly lines: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #now = 0;
  #beginning = "";

  /**
   * @param target "-" is stdout, "off" is nowhere, anything else a file.
   * @throws the error of opening the file.
   */
  constructor(target: string) {
    // An application may change the working directory before the file is opened anew.
    this.#target = target === "-" || target === "off" ? target : resolve(target);
    this.#open();
  }

  /** Whether lines are written at all: otherwise none needs to be made. */
  get open(): boolean {
    return this.#descriptor !== undefined;
  }

  /** Lines that were lost. */
  get dropped(): number {
    return this.#output.dropped;
  }

  /** @param line ASCII, under 4 KB, with its line feed: then it is written whole or not at all. */
  append(line: string): void {
    if (this.#descriptor === undefined) return;
    if (this.#lines.length + line.length > ATOMIC_WRITE) {
      this.#endPiece();
      if (this.#pieces.length >= BURST) this.#writePieces();
    }
    this.#lines += line;
    this.#collected++;
    this.#timer ??= setTimeout(() => this.flush(), INTERVAL);
  }

  /** An access line up to the request id. Under load many lines are of the same millisecond. */
  protected beginning(tier: Tier): string {
    this.#output.tier = tier;
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
    this.#open();
    if (old !== undefined && old > 2) closeSync(old);
  }

  /** Writes what is collected, as far as the reader takes it now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines !== "") this.#endPiece();
    this.#writePieces();
  }

  /** The same at the end of the process: a slow reader has `timeout` ms to read the rest. */
  async end(timeout: number): Promise<void> {
    const deadline = performance.now() + timeout;
    this.flush();
    while (!this.#output.flush() && performance.now() < deadline) await pause(INTERVAL);
    this.#output.drop();
  }

  #endPiece(): void {
    this.#pieces.push({ text: this.#lines, lines: this.#collected });
    this.#lines = "";
    this.#collected = 0;
  }

  #writePieces(): void {
    for (const { text, lines } of this.#pieces.splice(0)) this.#output.write(text, lines);
  }

  #open(): void {
    if (this.#target === "off") return;
    this.#descriptor =
      this.#target === "-"
        ? openStdout()
        : openSync(this.#target, O_WRONLY | O_APPEND | O_CREAT, 0o644);
    this.#output.descriptor = this.#descriptor;
  }
}

import { closeSync, constants, openSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** PIPE_BUF of Linux: a write up to here is never mixed with another process's (pipe(7)). */
const ATOMIC_WRITE = 4096;
/** Writes that go out together: only the first of them wakes the reader. */
const BURST = 8;
/** Milliseconds that lines wait for others, so that one write takes many. */
const PATIENCE = 20;
/** Writes that may wait for a reader who does not read; later lines are lost, requests are not. */
const LONGEST_BACKLOG = 4096;

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Writes lines that every request has one of, to stdout or to a file, many with one call. A reader
 * that does not read delays nobody: lines wait up to a bound, and beyond it are counted and lost.
 */
export class LineWriter {
  readonly #place: string;
  #descriptor: number | undefined;
  #lines = "";
  #gathered = 0;
  #backlog: { readonly text: string; readonly lines: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;

  readonly #tick = () => {
    this.#timer = undefined;
    this.#pass();
    // A full pipe: once more, after a while.
    if (this.#backlog.length > 0) this.#timer = setTimeout(this.#tick, PATIENCE);
  };

  /**
   * @param place "-" is stdout, "off" is nowhere, anything else a file.
   * @throws the error of opening the file.
   */
  constructor(place: string) {
    this.#place = place;
    this.#descriptor = open(place);
  }

  /** Whether lines are written anywhere: otherwise nobody needs to make them. */
  get open(): boolean {
    return this.#descriptor !== undefined;
  }

  /** Lines that were lost, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param line ASCII, under 4 KB, with its line feed: so it is written whole or not at all. */
  write(line: string): void {
    if (this.#descriptor === undefined) return;
    if (this.#lines.length + line.length > ATOMIC_WRITE) {
      this.#close();
      if (this.#backlog.length >= BURST) this.#pass();
    }
    this.#lines += line;
    this.#gathered++;
    this.#timer ??= setTimeout(this.#tick, PATIENCE);
  }

  /** Opens the file anew, after it was moved away. @throws the error of opening it. */
  reopen(): void {
    this.flush();
    const old = this.#descriptor;
    this.#descriptor = open(this.#place);
    if (old !== undefined && old > 2) closeSync(old);
  }

  /** Writes what has gathered, as far as its reader takes it now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#tick();
  }

  /** Writes what has gathered, and gives a slow reader `patience` ms to take it: for the end. */
  async end(patience: number): Promise<void> {
    const deadline = performance.now() + patience;
    this.flush();
    while (this.#backlog.length > 0 && performance.now() < deadline) await pause(PATIENCE);
  }

  #pass(): void {
    if (this.#lines !== "") this.#close();
    while (this.#backlog[0] !== undefined) {
      if (!this.#writeOut(this.#backlog[0].text, this.#backlog[0].lines)) return;
      this.#backlog.shift();
    }
  }

  /** Makes what has gathered one write. */
  #close(): void {
    const piece = { text: this.#lines, lines: this.#gathered };
    this.#lines = "";
    this.#gathered = 0;
    if (this.#backlog.length < LONGEST_BACKLOG) this.#backlog.push(piece);
    else this.#dropped += piece.lines;
  }

  /** Whether the text is no longer ours to write. */
  #writeOut(text: string, lines: number): boolean {
    try {
      writeSync(this.#descriptor ?? 1, text, null, "latin1");
      return true;
    } catch (error) {
      // A full pipe takes them later; a full disk or a reader that has gone never will.
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return false;
      this.#dropped += lines;
      return true;
    }
  }
}

function open(place: string): number | undefined {
  if (place === "off") return undefined;
  if (place !== "-") return openSync(place, O_WRONLY | O_APPEND | O_CREAT, 0o644);
  try {
    // A description of our own: not to block must not change what others share with us.
    return openSync("/proc/self/fd/1", O_WRONLY | O_APPEND | O_NONBLOCK);
  } catch {
    // A socket, or a system without /proc: written to as it is.
    return 1;
  }
}

import { closeSync, constants, openSync, writeSync } from "node:fs";
import { type AccessLine, millisecondsText } from "@gatehouse/telemetry";

/** PIPE_BUF of Linux: a write up to here is never mixed with another process's (pipe(7)). */
const ATOMIC_WRITE = 4096;
const LONGEST_TARGET = 1024;
const LONGEST_CLIENT = 256;
/** Milliseconds that lines wait for others, so that one write takes many. */
const PATIENCE = 20;
/** Writes that may wait for a reader who does not read; later lines are lost, requests are not. */
const LONGEST_BACKLOG = 4096;

/** How every line of this process ends. */
const END = `,"pid":${process.pid},"message":"access"}\n`;

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;

/** A gateway's access line; `client` is X-Forwarded-For as the gateway settled it. */
export interface GatewayAccessLine extends Omit<AccessLine, "duration_ms"> {
  /** Milliseconds. */
  readonly duration: number;
  readonly client: string;
}

/**
 * The access lines of one worker, in the form of the logger's lines, on stdout or in a file.
 * Written by hand, since every request has one; a reader that does not read delays no request.
 */
export class AccessLog {
  readonly #place: string;
  #descriptor: number | undefined;
  #lines = "";
  #backlog: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #now = 0;
  #begun = "";

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

  write(line: GatewayAccessLine): void {
    if (this.#descriptor === undefined) return;
    const target = quoted(clip(line.target, LONGEST_TARGET));
    const client = quoted(clip(line.client, LONGEST_CLIENT));
    const text =
      `${this.#beginning()}${line.request_id}","traceparent":"${line.traceparent}",` +
      `"method":"${line.method}","target":${target},"status":${line.status},` +
      `"duration_ms":${millisecondsText(line.duration)},"client":${client}${END}`;
    if (this.#lines.length + text.length > ATOMIC_WRITE) this.#pass();
    this.#lines += text;
    this.#timer ??= setTimeout(this.#tick, PATIENCE);
  }

  /** Opens the file anew, after it was moved away. @throws the error of opening it. */
  reopen(): void {
    this.flush();
    const old = this.#descriptor;
    this.#descriptor = open(this.#place);
    if (old !== undefined && old > 2) closeSync(old);
  }

  /** Writes what has gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#tick();
  }

  #pass(): void {
    if (this.#lines !== "" && this.#backlog.length < LONGEST_BACKLOG) {
      this.#backlog.push(this.#lines);
    }
    this.#lines = "";
    while (this.#backlog[0] !== undefined) {
      if (!this.#writeOut(this.#backlog[0])) return;
      this.#backlog.shift();
    }
  }

  /** Whether the lines are no longer ours to write. */
  #writeOut(lines: string): boolean {
    try {
      writeSync(this.#descriptor ?? 1, lines);
      return true;
    } catch (error) {
      // A full pipe takes them later; a full disk or a reader that has gone never will.
      return (error as NodeJS.ErrnoException).code !== "EAGAIN";
    }
  }

  /** Up to the request id. Under load many lines are of the same millisecond. */
  #beginning(): string {
    const now = Date.now();
    if (now !== this.#now) {
      const time = new Date(now).toISOString();
      this.#now = now;
      this.#begun = `{"level":"info","time":"${time}","tier":"gateway","request_id":"`;
    }
    return this.#begun;
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

/** A JSON string; most words need no escape. */
function quoted(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text);
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

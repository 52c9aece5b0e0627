import type { AccessLine } from "@gatehouse/telemetry";
import sonicBoom from "sonic-boom";

/** PIPE_BUF of Linux: a write up to here is never mixed with another process's (pipe(7)). */
const ATOMIC_WRITE = 4096;
const LONGEST_TARGET = 1024;
const LONGEST_CLIENT = 256;
/** Milliseconds that lines wait for others, so that one write takes many. */
const PATIENCE = 20;
/** Bytes that may wait for a reader who does not read; later lines are dropped. */
const LONGEST_BACKLOG = 16 * 1024 * 1024;

/** A gateway's access line; `client` is X-Forwarded-For as the gateway settled it. */
export interface GatewayAccessLine extends AccessLine {
  readonly client: string;
}

/**
 * The access lines of one worker, in the form of the logger's lines, on stdout or in a file. They
 * are written by hand, since every request has one.
 */
export class AccessLog {
  readonly #stream: sonicBoom.SonicBoom | undefined;
  readonly #inFile: boolean;
  #lines = "";
  #flushing: NodeJS.Timeout | undefined;
  #second = { at: 0, text: "" };

  /** @param place "-" is stdout, "off" is nowhere, anything else a file. */
  constructor(place: string) {
    this.#inFile = place !== "-" && place !== "off";
    if (place === "off") return;
    const dest = this.#inFile ? { dest: place } : { fd: 1 };
    this.#stream = new sonicBoom.SonicBoom({
      ...dest,
      sync: false,
      maxWrite: ATOMIC_WRITE,
      maxLength: LONGEST_BACKLOG,
    });
    // A full disk must not end the worker: lines are lost, requests are not.
    this.#stream.on("error", () => undefined);
  }

  write(line: GatewayAccessLine): void {
    if (this.#stream === undefined) return;
    const target = JSON.stringify(clip(line.target, LONGEST_TARGET));
    const client = JSON.stringify(clip(line.client, LONGEST_CLIENT));
    const text =
      `{"level":"info","time":"${this.#time()}","tier":"gateway","request_id":"${line.request_id}",` +
      `"traceparent":"${line.traceparent}","method":"${line.method}","target":${target},` +
      `"status":${line.status},"duration_ms":${line.duration_ms},"client":${client},` +
      `"pid":${process.pid},"message":"access"}\n`;
    if (this.#lines.length + text.length > ATOMIC_WRITE) this.#hand();
    this.#lines += text;
    this.#flushing ??= setTimeout(() => this.#hand(), PATIENCE);
  }

  /** Opens the file anew, after it was moved away. */
  reopen(): void {
    this.#hand();
    if (this.#inFile) this.#stream?.reopen();
  }

  /** Writes what is still held back; for the moment before the process ends. */
  flush(): void {
    this.#hand();
    this.#stream?.flushSync();
  }

  #hand(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    if (this.#lines !== "") this.#stream?.write(this.#lines);
    this.#lines = "";
  }

  /** ISO 8601. The seconds are the same for many lines. */
  #time(): string {
    const now = Date.now();
    const milliseconds = now % 1000;
    const at = now - milliseconds;
    if (at !== this.#second.at)
      this.#second = { at, text: new Date(at).toISOString().slice(0, 20) };
    return `${this.#second.text}${String(milliseconds).padStart(3, "0")}Z`;
  }
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

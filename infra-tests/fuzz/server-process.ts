import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

type Line = Readonly<Record<string, unknown>>;

/** Megabytes of V8's heap in each process: an endless buffer ends it soon, as in a small container. */
const HEAP = 128;
const START_TIMEOUT = 60_000;
/** In the line of a malformed request. */
const ABOUT_CLIENTS = '"message":"refused"';

/** An edge or a gateway in processes of its own, and what the system and its metrics say of it. */
export class ServerProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: Line[] = [];
  readonly #exited: Promise<unknown>;
  /** What it has written to stderr. */
  stderr = "";
  admin = 0;

  constructor(name: string, main: string, flags: readonly string[]) {
    this.name = name;
    this.#child = spawn(process.execPath, [`--max-old-space-size=${HEAP}`, main, ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exited = once(this.#child, "close");
    this.#child.stderr?.on("data", (text) => {
      this.stderr += text;
    });
    createInterface({ input: this.#child.stdout ?? process.stdin }).on("line", (line) => {
      // Thousands a second in a storm: to parse them would slow down the visitor, who is in this process.
      if (line.startsWith("{") && !line.includes(ABOUT_CLIENTS)) this.#lines.push(JSON.parse(line));
    });
  }

  /** Waits for a log line. @throws Error where the process ends, or takes too long */
  async line(matches: (line: Line) => boolean): Promise<Line> {
    const late = performance.now() + START_TIMEOUT;
    for (;;) {
      const found = this.#lines.find(matches);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || performance.now() > late) {
        throw new Error(`the ${this.name} did not start: ${this.stderr || this.lastLines()}`);
      }
      await new Promise((soon) => setTimeout(soon, 20));
    }
  }

  lastLines(): string {
    const serious = this.#lines.filter(({ level }) => level === "error" || level === "warn");
    return serious
      .slice(-5)
      .map((line) => JSON.stringify(line).slice(0, 600))
      .join("\n");
  }

  /** Log lines that no storm may cause: an exception, or the end of a worker. */
  faults(): string[] {
    const bad = [
      "uncaught exception",
      "edge failure",
      "worker ended",
      "worker died",
      "worker unfit",
    ];
    const found = this.#lines.filter(({ message }) =>
      bad.some((each) => String(message).startsWith(each)),
    );
    return found.map((line) => JSON.stringify(line).slice(0, 900));
  }

  /** The primary and its workers. */
  get pids(): number[] {
    const primary = this.#child.pid ?? 0;
    return [primary, ...childrenOf(primary)].toSorted((one, other) => one - other);
  }

  get descriptors(): number {
    return this.pids.reduce((sum, pid) => sum + openFiles(pid), 0);
  }

  /** Megabytes of memory that is not shared with files. */
  get memory(): number {
    return this.pids.reduce((sum, pid) => sum + anonymousMemory(pid), 0);
  }

  /** A gauge of its metrics, summed over its labels; 0 where there is none. */
  async gauge(name: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.admin}/metrics`);
    const values = (await response.text()).matchAll(
      new RegExp(`^${name}(?:\\{[^}]*\\})? ([\\d.]+)$`, "gm"),
    );
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGINT");
    await this.#exited;
  }
}

function childrenOf(pid: number): number[] {
  const text = readOr(`/proc/${pid}/task/${pid}/children`, "");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

function anonymousMemory(pid: number): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readOr(`/proc/${pid}/status`, ""))?.[1];
  return Number(kilobytes ?? 0) / 1024;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}

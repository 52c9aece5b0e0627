import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { isLate } from "@gatehouse/telemetry/testing";

export type Line = Readonly<Record<string, unknown>>;

export interface Ports {
  readonly http: number;
  readonly https: number;
  readonly admin: number;
}

/** Milliseconds; wide, since a busy machine takes its time to start processes. */
const DEADLINE = 60_000;
const MAIN = join(import.meta.dirname, "../main.ts");

/** An edge in processes of its own, as an operator starts it, on ports of its own. */
export class EdgeProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  readonly lines: Line[] = [];
  /** The same as they were written. */
  readonly texts: string[] = [];
  stderr = "";
  readonly #waiting = new Set<() => void>();

  constructor(flags: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
    // Not "exit": by then its last lines may not have been read.
    this.exited = once(this.child, "close");
    this.child.stderr?.on("data", (chunk) => {
      this.stderr += chunk;
    });
    createInterface({ input: this.child.stdout ?? process.stdin }).on("line", (line) => {
      this.texts.push(line);
      this.lines.push(JSON.parse(line));
      for (const look of this.#waiting) look();
    });
  }

  /** Waits for the nth log line that matches. */
  async line(matches: (line: Line) => boolean, nth = 1): Promise<Line> {
    const { promise, resolve, reject } = Promise.withResolvers<Line>();
    const look = () => {
      const found = this.lines.filter(matches)[nth - 1];
      if (found !== undefined) resolve(found);
    };
    const tail = () => this.lines.slice(-10).map((line) => JSON.stringify(line));
    const since = performance.now();
    const late = setInterval(() => {
      if (!isLate(since, DEADLINE)) return;
      reject(new Error(`no such line; the last:\n${tail().join("\n")}\n${this.stderr}`));
    }, DEADLINE + 1);
    // Rejecting what is resolved already changes nothing.
    void this.exited.then(() => reject(new Error(`the edge ended\n${tail()}\n${this.stderr}`)));
    this.#waiting.add(look);
    look();
    return promise.finally(() => {
      clearInterval(late);
      this.#waiting.delete(look);
    });
  }

  message(message: string, nth = 1): Promise<Line> {
    return this.line((line) => line.message === message, nth);
  }

  async ready(): Promise<Ports> {
    // Replicas become ready as well, and perhaps earlier.
    const isReady = ({ message, to }: Line) => message === "edge state" && to === "ready";
    const { ports } = await this.line(isReady);
    return ports as Ports;
  }
}

/** Starts an edge with these flags; it ends with the test. */
export function startEdgeProcess(t: TestContext, ...flags: string[]): EdgeProcess {
  const own = ["--http-port=0", "--https-port=0", "--admin-port=0", "--check-interval=100"];
  const edge = new EdgeProcess([...own, ...flags]);
  t.after(async () => {
    edge.child.kill("SIGINT");
    await edge.exited;
  });
  return edge;
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-web-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

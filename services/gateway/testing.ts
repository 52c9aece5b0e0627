import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";

export type Line = Readonly<Record<string, unknown>>;

const DEADLINE = 15_000;

/** A gateway in a process of its own, as an operator starts it, on ports of its own. */
export class GatewayProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  readonly lines: Line[] = [];
  stderr = "";
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [`${import.meta.dirname}/main.ts`, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.exited = once(this.child, "exit");
    this.child.stderr?.on("data", (chunk) => {
      this.stderr += chunk;
    });
    createInterface({ input: this.child.stdout ?? process.stdin }).on("line", (text) => {
      this.lines.push(JSON.parse(text));
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
    const late = setTimeout(() => {
      const tail = this.lines.slice(-10).map((line) => JSON.stringify(line));
      reject(new Error(`no such log line; the last ones:\n${tail.join("\n")}\n${this.stderr}`));
    }, DEADLINE);
    // Rejecting what is resolved already changes nothing.
    this.child.once("close", () => reject(new Error(`the gateway ended\n${this.stderr}`)));
    this.#waiting.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(late);
      this.#waiting.delete(look);
    });
  }

  /** The gateway's address once `workers` of them are ready. */
  async ready(workers = 1): Promise<string> {
    const line = await this.line(({ to }) => to === "ready", workers);
    return `http://127.0.0.1:${line.port}`;
  }

  async admin(): Promise<string> {
    const line = await this.line(({ message }) => message === "gateway starts");
    return `http://127.0.0.1:${line.admin_port}`;
  }
}

/** Starts a gateway with an application of fixtures/; it ends with the test. */
export function startGateway(t: TestContext, app: string, ...flags: string[]): GatewayProcess {
  const gateway = new GatewayProcess([
    `${import.meta.dirname}/fixtures/${app}`,
    "--port=0",
    "--admin-port=0",
    "--lame-duck=200",
    ...flags,
  ]);
  t.after(async () => {
    gateway.child.kill("SIGKILL");
    await gateway.exited;
  });
  return gateway;
}

/** What the applications of the tests say of themselves and of a request. */
export interface Told {
  readonly life: readonly string[];
  readonly pid: number;
  readonly method: string;
  readonly target: string;
  readonly client: string;
  readonly scheme: string;
  readonly rawHeaders: readonly string[];
}

export async function told(url: string, init: RequestInit): Promise<Told> {
  const answer = await fetch(url, init);
  return (await answer.json()) as Told;
}

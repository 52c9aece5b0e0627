import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { isLate } from "@gatehouse/telemetry/testing";

export type Line = Readonly<Record<string, unknown>>;

/**
 * Milliseconds; wide, since a busy machine takes its time to start processes. `make mutate` makes it
 * narrow: a changed gateway often never says what a test waits for.
 */
const DEADLINE = Number(process.env.TEST_DEADLINE ?? 60_000);
const MAIN = `${import.meta.dirname}/../main.ts`;

/** A gateway in a process of its own, as an operator starts it, on ports of its own. */
export class GatewayProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  /** Where the verbs find it. */
  readonly controlSocket: string;
  readonly lines: Line[] = [];
  stderr = "";
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[], folder: string, env: Readonly<Record<string, string>>) {
    this.controlSocket = `${folder}/control.sock`;
    const flags = [`--control-socket=${this.controlSocket}`, ...args];
    this.child = spawn(process.execPath, [MAIN, ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    // Not "exit": by then its last lines may not have been read.
    this.exited = once(this.child, "close");
    this.child.stderr?.on("data", (chunk) => {
      this.stderr += chunk;
    });
    createInterface({ input: this.child.stdout ?? process.stdin }).on("line", (line) => {
      // Applications print what they like beside the log.
      if (!line.startsWith("{")) return;
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
    const since = performance.now();
    const late = setInterval(() => {
      if (!isLate(since, DEADLINE)) return;
      const tail = this.lines.slice(-10).map((line) => JSON.stringify(line));
      reject(new Error(`no such log line; the last ones:\n${tail.join("\n")}\n${this.stderr}`));
    }, DEADLINE + 1);
    // Rejecting what is resolved already changes nothing.
    void this.exited.then(() => reject(new Error(`the gateway ended\n${this.stderr}`)));
    this.#waiting.add(look);
    look();
    return promise.finally(() => {
      clearInterval(late);
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

/** The path of an application of the repository's examples/. */
export function exampleModule(name: string): string {
  return resolve(import.meta.dirname, "../../../examples", name);
}

/** Starts a gateway with an application of fixtures/, or another path; it ends with the test. */
export function startGateway(t: TestContext, app: string, ...flags: string[]): GatewayProcess {
  return startGatewayIn({}, t, app, ...flags);
}

/** The same with more in its environment. */
export function startGatewayIn(
  env: Readonly<Record<string, string>>,
  t: TestContext,
  app: string,
  ...flags: string[]
): GatewayProcess {
  const folder = temporaryFolder(t);
  const module = resolve(import.meta.dirname, "fixtures", app);
  const own = ["--port=0", "--admin-port=0", "--lame-duck=200"];
  const gateway = new GatewayProcess([module, ...own, ...flags], folder, env);
  t.after(async () => {
    gateway.child.kill("SIGKILL");
    await gateway.exited;
  });
  return gateway;
}

/** Writes modules into a folder that goes with the test, and gives the folder. */
export async function writeModules(t: TestContext, modules: Record<string, string>) {
  const folder = temporaryFolder(t);
  for (const [name, source] of Object.entries(modules)) {
    await writeFile(join(folder, name), source);
  }
  return folder;
}

/** A folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gateway-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a command line of the gateway said, and its exit code. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `gateway ARGS` to its end. */
export async function gatewayCommand(...args: string[]): Promise<Said> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code, stdout, stderr };
}

/** Runs a verb against a gateway: `gateway reload`. */
export function verb(gateway: GatewayProcess, ...words: string[]): Promise<Said> {
  return gatewayCommand(`--control-socket=${gateway.controlSocket}`, ...words);
}

/** What the applications of the tests say of themselves and of a request. */
export interface Echoed {
  readonly life: readonly string[];
  readonly pid: number;
  readonly method: string;
  readonly target: string;
  readonly client: string;
  readonly scheme: string;
  readonly rawHeaders: readonly string[];
}

export async function echoed(url: string, init: RequestInit): Promise<Echoed> {
  const response = await fetch(url, init);
  return (await response.json()) as Echoed;
}

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { logLine, type Source } from "./log-line.ts";

export interface Program {
  /** The name in front of its lines. */
  readonly source: Source;
  readonly command: readonly [string, ...string[]];
  /** How its command line begins for `ps`; by default with the program. */
  readonly argv0?: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Another user to run it as; only root may. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** The signal that ends it at once, with everything that it has started. */
  readonly end: NodeJS.Signals;
  /** Says which of its lines are not printed. It sees every line. */
  readonly hides?: (line: string) => boolean;
}

/** Milliseconds after which a child that does not end is killed. */
const STOP_TIMEOUT = 5000;

/** The children that run. They are killed when this process exits, whatever the reason. */
const living = new Set<Child>();
process.once("exit", () => {
  for (const child of living) child.kill();
});

let ending = false;

/** Ends all children but one, and starts no more. Resolves when they have ended. */
export async function endChildren(except?: Source): Promise<void> {
  ending = true;
  const others = [...living].filter((child) => child.program.source !== except);
  await Promise.all(others.map((child) => child.stop()));
}

export class EverythingEnds extends Error {
  override readonly name = "EverythingEnds";
}

/** A child in its own process group: a Ctrl-C at the terminal reaches this process only. */
export class Child {
  readonly program: Program;
  readonly #process: ChildProcess;
  /** Resolves with its exit code when it has ended and its last line is printed. */
  readonly ended: Promise<number>;
  readonly #watchers = new Set<(line: string) => void>();
  /** Whether it was stopped on purpose. */
  ending = false;

  /** @throws EverythingEnds after endChildren was called */
  constructor(program: Program) {
    if (ending) throw new EverythingEnds(`${program.source} is not started: everything is ending`);
    this.program = program;
    const [command, ...args] = program.command;
    this.#process = spawn(command, args, {
      cwd: program.cwd,
      env: { ...process.env, ...program.environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      ...(program.argv0 === undefined ? {} : { argv0: program.argv0 }),
      ...program.user,
    });
    const { promise, resolve } = Promise.withResolvers<number>();
    this.ended = promise;
    living.add(this);
    void promise.then(() => living.delete(this));
    this.#process.once("error", (error) => {
      this.#print(error.message);
      resolve(1);
    });
    // What it has started would keep its output open: `node --run` passes no signal on to the compiler.
    this.#process.once("exit", () => this.kill());
    this.#process.once("close", (code) => resolve(code ?? 1));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#print(line));
    }
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves with the first line that matches; rejects if the child ends first. */
  async line(pattern: RegExp): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const onLine = (line: string) => void (pattern.test(line) && resolve(line));
    this.#watchers.add(onLine);
    void this.ended.then((code) => reject(new Error(`ended with code ${code}`)));
    return await promise.finally(() => this.#watchers.delete(onLine));
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#process.exitCode === null) this.#process.kill(signal);
  }

  /** Stops it and the rest of its process group. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.ending = true;
    this.signal(this.program.end);
    const late = setTimeout(() => this.kill(), STOP_TIMEOUT);
    await this.ended;
    clearTimeout(late);
  }

  /** Kills its process group. */
  kill(): void {
    if (this.pid === undefined) return;
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // The group has ended.
    }
  }

  #print(line: string): void {
    const hidden = this.program.hides?.(line) ?? false;
    if (!hidden) process.stdout.write(`${logLine(this.program.source, line)}\n`);
    for (const onLine of this.#watchers) onLine(line);
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { logLine, type Speaker } from "./log-line.ts";

export interface Program {
  readonly speaker: Speaker;
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Another user to run it as; only root may. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** How it is told to end at once, with all that it has started. */
  readonly end: NodeJS.Signals;
}

/** Milliseconds after which a child that does not end is killed. */
const PATIENCE = 5000;

/** The children that have not ended: what ends with this process, however it ends. */
const living = new Set<Child>();
process.once("exit", () => {
  for (const child of living) child.kill();
});

let ending = false;

/** Ends every child but those of one speaker, and starts no more; resolves when they have ended. */
export async function endChildren(except?: Speaker): Promise<void> {
  ending = true;
  const others = [...living].filter((child) => child.speaker !== except);
  await Promise.all(others.map((child) => child.stop()));
}

/** A child in a process group of its own, so that a Ctrl-C of the terminal reaches only us. */
export class Child {
  readonly #program: Program;
  readonly #process: ChildProcess;
  /** Resolves with its exit code when it has ended and its last line is written. */
  readonly ended: Promise<number>;
  readonly #watchers = new Set<(line: string) => void>();
  #ending = false;

  /** @throws Error once all children are told to end */
  constructor(program: Program) {
    if (ending) throw new Error(`${program.speaker} is not started: everything ends`);
    this.#program = program;
    const [command, ...args] = program.command;
    this.#process = spawn(command, args, {
      cwd: program.cwd,
      env: { ...process.env, ...program.environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      ...program.user,
    });
    const { promise, resolve } = Promise.withResolvers<number>();
    this.ended = promise;
    living.add(this);
    void promise.then(() => living.delete(this));
    this.#process.once("error", (error) => {
      this.#tell(error.message);
      resolve(1);
    });
    this.#process.once("close", (code) => resolve(code ?? 1));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null)
        createInterface({ input: stream }).on("line", (line) => this.#tell(line));
    }
  }

  get speaker(): Speaker {
    return this.#program.speaker;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Whether its end was asked for. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Resolves with the first line that matches; rejects when it ends before. */
  async line(pattern: RegExp): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = (line: string) => void (pattern.test(line) && resolve(line));
    this.#watchers.add(look);
    void this.ended.then((code) => reject(new Error(`ended with code ${code}`)));
    return await promise.finally(() => this.#watchers.delete(look));
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#process.exitCode === null) this.#process.kill(signal);
  }

  /** Ends it, and whatever is left of its group; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#ending = true;
    this.signal(this.#program.end);
    const late = setTimeout(() => this.kill(), PATIENCE);
    await this.ended;
    clearTimeout(late);
    this.kill();
  }

  /** Kills its whole group at once. */
  kill(): void {
    if (this.pid === undefined) return;
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // Nothing is left of it.
    }
  }

  #tell(line: string): void {
    process.stdout.write(`${logLine(this.#program.speaker, line)}\n`);
    for (const look of this.#watchers) look(line);
  }
}

/** Runs a program to its end; its exit code. */
export async function runChild(program: Program): Promise<number> {
  return await new Child(program).ended;
}

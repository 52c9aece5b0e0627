import { type ChildProcess, spawn } from "node:child_process";

/** How a child ended. */
export interface End {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds from its start. */
  readonly duration: number;
  /** Why it could not be started. */
  readonly reason?: string;
}

/** A program of the application's. It writes to the output of this process. */
export class Child {
  readonly #process: ChildProcess;
  readonly #start = performance.now();
  readonly ended: Promise<End>;

  /**
   * @param command `node` is the Node that runs this process
   * @param environment all its variables
   */
  constructor(command: readonly [string, ...string[]], environment: NodeJS.ProcessEnv) {
    const [program, ...args] = command;
    this.#process = spawn(program === "node" ? process.execPath : program, args, {
      env: environment,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const { promise, resolve } = Promise.withResolvers<End>();
    this.ended = promise;
    const duration = () => Math.round(performance.now() - this.#start);
    this.#process.once("error", ({ message: reason }) =>
      resolve({ exitCode: null, signal: null, duration: duration(), reason }),
    );
    this.#process.once("exit", (exitCode, signal) =>
      resolve({ exitCode, signal, duration: duration() }),
    );
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Nothing happens to one that has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill(signal);
    }
  }
}

/** The fields of a log line about an end. */
export function fieldsOf({ exitCode, signal, duration, reason }: End) {
  return { exit_code: exitCode, signal, duration_ms: duration, ...(reason && { reason }) };
}

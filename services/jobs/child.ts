import { type ChildProcess, spawn } from "node:child_process";
import { reasonOf } from "@gatehouse/telemetry";

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
  /** Undefined if it could not be started. */
  readonly #process: ChildProcess | undefined;
  readonly ended: Promise<End>;

  /**
   * Starts it. One that cannot be started has ended, with a reason.
   * @param command `node` is the Node that runs this process
   * @param environment all its variables
   */
  constructor(command: readonly [string, ...string[]], environment: NodeJS.ProcessEnv) {
    const start = performance.now();
    const { promise, resolve } = Promise.withResolvers<End>();
    this.ended = promise;
    const end = (how: Omit<End, "duration">) =>
      resolve({ ...how, duration: Math.round(performance.now() - start) });
    const failed = (error: unknown) =>
      end({ exitCode: null, signal: null, reason: reasonOf(error) });
    const [program, ...args] = command;
    try {
      this.#process = spawn(program === "node" ? process.execPath : program, args, {
        env: environment,
        stdio: ["ignore", "inherit", "inherit"],
      });
    } catch (error) {
      // Node emits some errors, such as ENOENT, and throws the others, such as ENOTDIR and E2BIG.
      failed(error);
      return;
    }
    this.#process.once("error", failed);
    this.#process.once("exit", (exitCode, signal) => end({ exitCode, signal }));
  }

  /** Nothing happens to one that has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill(signal);
    }
  }
}

/** The fields of a log line about an end. */
export function fieldsOf({ exitCode, signal, duration, reason }: End) {
  return { exit_code: exitCode, signal, duration_ms: duration, ...(reason && { reason }) };
}

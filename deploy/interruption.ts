import { exitCodeOf } from "./command.ts";
import { LeftBehind, Problem } from "./problem.ts";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/**
 * Keeps the signals that would end this process from doing so, so that it can clean up first. Commands
 * that it runs still receive them.
 */
export class Interruption implements Disposable {
  /** The signal that was received, and the exit code for it. */
  received: { readonly signal: NodeJS.Signals; readonly exitCode: number } | undefined;
  readonly #arrival = Promise.withResolvers<void>();
  /** Resolves when a signal is received. */
  readonly arrived = this.#arrival.promise;
  readonly #each: () => void;
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.received = { signal, exitCode: exitCodeOf(signal) };
    this.#arrival.resolve();
    this.#each();
  };

  /** @param each is called at each signal, the first one included */
  constructor(each: () => void = () => {}) {
    this.#each = each;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** @throws Problem after a signal, so that nothing more begins */
  check(): void {
    if (this.received !== undefined) throw this.#problem(this.received);
  }

  /** What to report of work that failed: the signal, if one was received, for it is the reason. */
  reasonFor(error: unknown): unknown {
    return this.received === undefined ? error : this.#problem(this.received);
  }

  #problem({ signal, exitCode }: NonNullable<Interruption["received"]>): Problem {
    return new Problem(`stopped by ${signal}`, exitCode);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}

/**
 * Does work that cleans up after itself if it fails. A signal ends its commands and makes it fail, instead of ending
 * this process before it has cleaned up.
 * @param left what the operator finds after a signal: "nothing was written"
 * @throws Problem after a signal
 */
export async function stoppable<T>(
  left: string,
  work: (interruption: Interruption) => Promise<T>,
): Promise<T> {
  using interruption = new Interruption();
  try {
    return await work(interruption);
  } catch (error) {
    if (interruption.received === undefined || error instanceof LeftBehind) throw error;
    const { signal, exitCode } = interruption.received;
    throw new Problem(`stopped by ${signal}: ${left}`, exitCode);
  }
}

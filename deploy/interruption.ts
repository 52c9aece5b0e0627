import { exitCodeOf } from "./command.ts";
import { LeftBehind, Problem } from "./problem.ts";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

const OUTPUTS = [process.stdout, process.stderr] as const;

/**
 * Keeps what would end this process from doing so, so that it can clean up first: signals, and the end of its
 * terminal or of the program that reads its output, after which each write fails. Commands that it runs still
 * receive the signals.
 */
export class Interruption implements Disposable {
  /** The signal that was received, and the exit code for it. */
  received: { readonly signal: NodeJS.Signals; readonly exitCode: number } | undefined;
  readonly #arrival = Promise.withResolvers<void>();
  /** Resolves when a signal is received. */
  readonly arrived = this.#arrival.promise;
  readonly #each: () => void;
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    // The end of a terminal is seen twice, by writes that fail and by the signal.
    if (signal === "SIGHUP" && this.received?.signal === signal) return;
    this.received = { signal, exitCode: exitCodeOf(signal) };
    this.#arrival.resolve();
    this.#each();
  };
  readonly #onLostOutput = ({ code }: NodeJS.ErrnoException): void => {
    if (this.received === undefined) this.#onSignal(code === "EPIPE" ? "SIGPIPE" : "SIGHUP");
  };

  /** @param each is called at each signal, the first one included */
  constructor(each: () => void = () => {}) {
    this.#each = each;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    for (const output of OUTPUTS) output.on("error", this.#onLostOutput);
  }

  /**
   * @param left what the operator finds then: "nothing was written"
   * @throws Problem after a signal, so that nothing more begins
   */
  check(left?: string): void {
    if (this.received !== undefined) throw this.reasonFor(undefined, left);
  }

  /**
   * What to report of work that failed: the signal, if one was received, for it is the reason.
   * @param left what the operator finds then
   */
  reasonFor(error: unknown, left = ""): unknown {
    if (this.received === undefined) return error;
    const { signal, exitCode } = this.received;
    return new Problem(`stopped by ${signal}${left === "" ? "" : `: ${left}`}`, exitCode);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    // The last words of an interrupted command may fail too.
    if (this.received !== undefined) return;
    for (const output of OUTPUTS) output.off("error", this.#onLostOutput);
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
    if (!(error instanceof LeftBehind)) throw interruption.reasonFor(error, left);
    throw new LeftBehind(interruption.reasonFor(error.cause), error.left);
  }
}

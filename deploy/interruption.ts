import { exitCodeOf } from "./command.ts";
import { LeftBehind, Problem } from "./problem.ts";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/** What errors of writes mean: the reader of a pipe has gone, or the terminal. */
const LOST_OUTPUT: Readonly<Record<string, NodeJS.Signals>> = { EPIPE: "SIGPIPE", EIO: "SIGHUP" };

const OUTPUTS = [process.stdout, process.stderr] as const;

/** The failure of work that an Interruption has stopped. */
class Interrupted extends Problem {}

/**
 * Keeps what would end this process from doing so, so that it can clean up first: signals, and an output that cannot
 * be written any more, because its terminal or the program that reads it has ended, or its disk is full. Commands that
 * it runs still receive the signals.
 */
export class Interruption implements Disposable {
  /** What is to end this process, such as "stopped by SIGINT", and the exit code for it. */
  received: { readonly reason: string; readonly exitCode: number } | undefined;
  readonly #arrival = Promise.withResolvers<void>();
  /** Resolves when a signal is received. */
  readonly arrived = this.#arrival.promise;
  readonly #each: () => void;
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    // The end of a terminal is seen twice, by writes that fail and by the signal.
    if (signal === "SIGHUP" && this.received?.exitCode === exitCodeOf(signal)) return;
    this.#receive(`stopped by ${signal}`, exitCodeOf(signal));
  };
  readonly #onLostOutput = ({ code = "" }: NodeJS.ErrnoException): void => {
    if (this.received !== undefined) return;
    const signal = LOST_OUTPUT[code];
    if (signal === undefined) this.#receive(`the output cannot be written (${code})`, 1);
    else this.#onSignal(signal);
  };

  /** @param each is called at each signal, the first one included */
  constructor(each: () => void = () => {}) {
    this.#each = each;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    for (const output of OUTPUTS) output.on("error", this.#onLostOutput);
  }

  #receive(reason: string, exitCode: number): void {
    this.received = { reason, exitCode };
    this.#arrival.resolve();
    this.#each();
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
   * @param error stays as it is if it reports that already
   * @param left what the operator finds then
   */
  reasonFor(error: unknown, left = ""): unknown {
    if (this.received === undefined || (left === "" && error instanceof Interrupted)) return error;
    const { reason, exitCode } = this.received;
    return new Interrupted(`${reason}${left === "" ? "" : `: ${left}`}`, exitCode);
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

import type { Logger } from "@gatehouse/telemetry";

/** Milliseconds. */
const WINDOW = 60_000;
const MOST = 5;

/**
 * An exception that nothing has caught ends neither the worker nor a request: it is logged.
 * Only repeated ones show that the worker itself is broken: `unfit` is called once, after the fifth
 * within a minute.
 */
export class UncaughtErrors {
  readonly #logger: Logger;
  readonly #unfit: () => void;
  /** When the last ones were thrown, by performance.now(). */
  #recent: number[] = [];
  #isUnfit = false;

  constructor(logger: Logger, unfit: () => void) {
    this.#logger = logger;
    this.#unfit = unfit;
    process.on("uncaughtException", (error) => this.#take(error));
  }

  #take(error: unknown): void {
    const now = performance.now();
    this.#recent = [...this.#recent.filter((thrown) => now - thrown < WINDOW), now];
    this.#logger.error("uncaught exception", { error });
    if (this.#recent.length < MOST || this.#isUnfit) return;
    this.#isUnfit = true;
    this.#unfit();
  }
}

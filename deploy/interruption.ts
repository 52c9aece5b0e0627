const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof SIGNALS;

/**
 * Keeps the signals that would end this process from doing so, so that it can clean up first. Commands
 * that it runs still receive them.
 */
export class Interruption implements Disposable {
  #signal: Signal | undefined;
  readonly #arrival = Promise.withResolvers<void>();
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (!(signal in SIGNALS)) return;
    this.#signal = signal as Signal;
    this.#arrival.resolve();
  };

  constructor() {
    for (const signal of Object.keys(SIGNALS)) process.on(signal, this.#onSignal);
  }

  /** The signal that was received, and the exit code for it. */
  get received(): { readonly signal: Signal; readonly exitCode: number } | undefined {
    if (this.#signal === undefined) return undefined;
    return { signal: this.#signal, exitCode: SIGNALS[this.#signal] };
  }

  /** Resolves when a signal is received. */
  get arrived(): Promise<void> {
    return this.#arrival.promise;
  }

  [Symbol.dispose](): void {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, this.#onSignal);
  }
}

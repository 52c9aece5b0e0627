const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof SIGNALS;

/**
 * Holds back the signals that would end this process, so that what it has half started can be
 * taken down first. Commands that run meanwhile still get them.
 */
export class Interruption implements Disposable {
  #signal: Signal | undefined;
  readonly #arrival = Promise.withResolvers<void>();
  readonly #note = (signal: NodeJS.Signals): void => {
    if (!(signal in SIGNALS)) return;
    this.#signal = signal as Signal;
    this.#arrival.resolve();
  };

  constructor() {
    for (const signal of Object.keys(SIGNALS)) process.on(signal, this.#note);
  }

  /** The signal that came, and what a process ends with because of it. */
  get came(): { readonly signal: Signal; readonly exitCode: number } | undefined {
    if (this.#signal === undefined) return undefined;
    return { signal: this.#signal, exitCode: SIGNALS[this.#signal] };
  }

  /** Resolves when a signal comes. */
  get arrived(): Promise<void> {
    return this.#arrival.promise;
  }

  [Symbol.dispose](): void {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, this.#note);
  }
}

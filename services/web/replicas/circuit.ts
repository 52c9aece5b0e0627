/** "open": the replica gets nothing; "half-open": it gets one request, whose end decides. */
export type CircuitState = "closed" | "open" | "half-open";

export interface CircuitLimits {
  /** Failures in a row that open the circuit; 0 never does. */
  readonly failures: number;
  /** Milliseconds from its opening to the first trial. */
  readonly openFor: number;
}

/** Keeps requests from a replica that only fails them, and lets one through to see when it is over. */
export class Circuit {
  readonly #limits: CircuitLimits;
  readonly #changed: (from: CircuitState, to: CircuitState) => void;
  #state: CircuitState = "closed";
  #failures = 0;
  #opened = 0;
  #trying = false;

  constructor(limits: CircuitLimits, changed: (from: CircuitState, to: CircuitState) => void) {
    this.#limits = limits;
    this.#changed = changed;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Whether the replica may be asked now. */
  get lets(): boolean {
    if (this.#state === "closed") return true;
    if (this.#state === "half-open") return !this.#trying;
    return performance.now() - this.#opened >= this.#limits.openFor;
  }

  /** The replica is being asked. */
  enter(): void {
    if (this.#state === "closed") return;
    this.#become("half-open");
    this.#trying = true;
  }

  /** Its answer has begun. */
  succeeded(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#trying = false;
    this.#become("closed");
  }

  failed(): void {
    this.#failures++;
    if (this.#limits.failures === 0) return;
    if (this.#state === "half-open" || this.#failures >= this.#limits.failures) {
      this.#opened = performance.now();
      this.#trying = false;
      this.#become("open");
    }
  }

  /** The request ended without a verdict: its client left. */
  withdrawn(): void {
    this.#trying = false;
  }

  /** Something else says that the replica is well again: a request may find out now. */
  reconsider(): void {
    if (this.#state === "open") this.#become("half-open");
  }

  #become(state: CircuitState): void {
    const from = this.#state;
    this.#state = state;
    if (from !== state) this.#changed(from, state);
  }
}

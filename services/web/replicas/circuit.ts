/** "open": the replica gets no requests; "half-open": it gets one, the trial, whose end decides. */
export type CircuitState = "closed" | "open" | "half-open";

/** Keeps requests away from a replica that fails them all, until a trial succeeds. */
export class Circuit {
  readonly #limit: number;
  readonly #openFor: number;
  readonly #changed: (from: CircuitState, to: CircuitState) => void;
  state: CircuitState = "closed";
  #failures = 0;
  #openedAt = 0;
  #trialRuns = false;

  /**
   * @param limit failures in a row that open the circuit; 0 never does
   * @param openFor milliseconds from its opening to the first trial
   */
  constructor(
    limit: number,
    openFor: number,
    changed: (from: CircuitState, to: CircuitState) => void,
  ) {
    this.#limit = limit;
    this.#openFor = openFor;
    this.#changed = changed;
  }

  get admits(): boolean {
    if (this.state === "closed") return true;
    if (this.state === "half-open") return !this.#trialRuns;
    return performance.now() - this.#openedAt >= this.#openFor;
  }

  /** The replica gets a request: the trial, unless the circuit is closed. */
  started(): void {
    if (this.state === "closed") return;
    this.#become("half-open");
    this.#trialRuns = true;
  }

  succeeded(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#trialRuns = false;
    this.#become("closed");
  }

  failed(): void {
    this.#failures++;
    if (this.#limit === 0) return;
    if (this.state === "half-open" || this.#failures >= this.#limit) {
      this.#openedAt = performance.now();
      this.#trialRuns = false;
      this.#become("open");
    }
  }

  /** The request ended without saying anything about the replica: its client left, for example. */
  abandoned(): void {
    this.#trialRuns = false;
  }

  /** The replica became ready again: a trial is due now. */
  allowTrial(): void {
    if (this.state === "open") this.#become("half-open");
  }

  #become(state: CircuitState): void {
    const from = this.state;
    this.state = state;
    if (from !== state) this.#changed(from, state);
  }
}

/** "open": other replicas are preferred; "half-open": a growing share of the requests tries it out. */
export type CircuitState = "closed" | "open" | "half-open";

/** How many responses close a half-open circuit. */
const RESPONSES_TO_CLOSE = 5;

/**
 * Says whether a replica should have requests while there are others. Only what says something about
 * the replica opens it: it accepts no connection, or it responds to nothing for a while. That one
 * request gets no response may be the application's will, or the request's own doing, so that a
 * client who sends many of them must not open it. Any response shows that the replica is alive.
 */
export class Circuit {
  readonly #limit: number;
  readonly #openFor: number;
  readonly #changed: (from: CircuitState, to: CircuitState) => void;
  state: CircuitState = "closed";
  /** Connections that were not accepted, and requests without a response, since the last response. */
  #unreachable = 0;
  #withoutResponse = 0;
  /** When the first request failed since the last response. */
  #silentSince = 0;
  /** When it opened, or admitted the last trial. */
  #triedAt = 0;
  /** How many trials a half-open circuit still admits: two more for each response. */
  #trials = 0;
  #responses = 0;

  /**
   * @param limit failures in a row that open the circuit; 0 never does
   * @param openFor milliseconds from its opening to the first trial, and how long a replica must have
   *   responded to nothing before requests without a response open it
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
    if (this.state === "half-open" && this.#trials > 0) return true;
    // A trial whose end takes long must not keep all others away.
    return performance.now() - this.#triedAt >= this.#openFor;
  }

  /** The replica gets a request: a trial, unless the circuit is closed. */
  started(): void {
    if (this.state === "closed") return;
    if (this.admits) this.#become("half-open");
    this.#triedAt = performance.now();
    this.#trials = Math.max(0, this.#trials - 1);
  }

  /** The head of a response was received. */
  responded(): void {
    if (this.state === "closed" && this.#unreachable + this.#withoutResponse === 0) return;
    this.#unreachable = 0;
    this.#withoutResponse = 0;
    if (this.state === "closed") return;
    this.#become("half-open");
    this.#trials += 2;
    if (++this.#responses >= RESPONSES_TO_CLOSE) this.#become("closed");
  }

  /** The replica did not accept a connection. */
  refused(): void {
    this.#unreachable++;
    this.#judge(this.#unreachable >= this.#limit);
  }

  /** A request got no response: its connection closed, or a timeout passed. */
  noResponse(): void {
    const now = performance.now();
    if (this.#withoutResponse++ === 0) this.#silentSince = now;
    const silent = now - this.#silentSince >= this.#openFor;
    this.#judge(silent && this.#withoutResponse >= this.#limit);
  }

  /** The request ended without saying anything about the replica: its client left, for example. */
  abandoned(): void {
    if (this.state === "half-open" && this.#trials === 0) this.#trials = 1;
  }

  /** The replica became ready again: a trial is due now. */
  allowTrial(): void {
    if (this.state === "open") this.#become("half-open");
  }

  #judge(failing: boolean): void {
    if (this.#limit === 0 || this.state === "open") return;
    if (!failing && this.state === "closed") return;
    this.#triedAt = performance.now();
    this.#become("open");
  }

  #become(state: CircuitState): void {
    const from = this.state;
    if (from === state) return;
    this.state = state;
    this.#responses = 0;
    this.#trials = state === "half-open" ? 1 : 0;
    this.#changed(from, state);
  }
}

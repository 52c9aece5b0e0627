import { performance } from "node:perf_hooks";
import type { Exchange } from "./exchange.ts";

/** What one worker takes on at a time; `queueTimeout` is milliseconds. */
export interface AdmissionLimits {
  readonly maxInFlight: number;
  readonly queueSize: number;
  readonly queueTimeout: number;
}

/** Why a request is answered 503 at once or after its wait. */
export type Overload = "queue full" | "waited too long";

/** Requests that come closer together than this, in ms, were not kept waiting by one another. */
const SHORT = 1;

/**
 * Lets as many requests to the application as it answers at a time; the others wait in a queue of
 * bounded length and bounded time. A request whose bytes waited in the socket, because the event
 * loop was busy with those before it, has waited too: it counts from where that turn began.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #call: (exchange: Exchange) => void;
  readonly #refuse: (exchange: Exchange, overload: Overload) => void;
  /** Some of it may have left: their place is "outside". */
  #queue: Exchange[] = [];
  #waiting = 0;
  #inside = 0;
  #expiry: NodeJS.Timeout | undefined;
  #lastAt = 0;
  #turnBegan = 0;
  readonly #endTurn = () => {
    this.#turnBegan = 0;
  };

  constructor(
    limits: AdmissionLimits,
    call: (exchange: Exchange) => void,
    refuse: (exchange: Exchange, overload: Overload) => void,
  ) {
    this.#limits = limits;
    this.#call = call;
    this.#refuse = refuse;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Calls the application, or makes the request wait, or refuses it. */
  enter(exchange: Exchange): void {
    const waited = exchange.waited + this.#waitedInSocket(exchange.receivedAt);
    if (waited > this.#limits.queueTimeout) {
      this.#refuse(exchange, "waited too long");
    } else if (this.#inside < this.#limits.maxInFlight) {
      this.#admit(exchange);
    } else if (this.#waiting < this.#limits.queueSize) {
      exchange.place = "waiting";
      this.#waiting++;
      this.#queue.push(exchange);
      this.#expiry ??= setTimeout(() => this.#expire(), this.#limits.queueTimeout);
    } else {
      this.#refuse(exchange, "queue full");
    }
  }

  /** The exchange has ended, in whichever place: the next may enter. */
  leave(exchange: Exchange): void {
    const { place } = exchange;
    exchange.place = "outside";
    if (place === "waiting") this.#waiting--;
    if (place !== "inside") return;
    this.#inside--;
    while (this.#waiting > 0 && this.#inside < this.#limits.maxInFlight) {
      const next = this.#queue.shift();
      if (next?.place !== "waiting") continue;
      this.#waiting--;
      next.calledAt = performance.now();
      next.queued = (next.queued ?? 0) + next.calledAt - next.receivedAt;
      this.#admit(next);
    }
  }

  #admit(exchange: Exchange): void {
    exchange.place = "inside";
    this.#inside++;
    this.#call(exchange);
  }

  #waitedInSocket(now: number): number {
    const quick = now - this.#lastAt < SHORT;
    this.#lastAt = now;
    if (this.#turnBegan === 0 && !quick) {
      this.#turnBegan = now;
      setImmediate(this.#endTurn);
    }
    return this.#turnBegan === 0 ? 0 : now - this.#turnBegan;
  }

  #expire(): void {
    this.#expiry = undefined;
    const now = performance.now();
    while (this.#queue[0] !== undefined) {
      const [first] = this.#queue;
      const left = first.receivedAt + this.#limits.queueTimeout - now;
      if (first.place === "waiting" && left > 0) {
        this.#expiry = setTimeout(() => this.#expire(), left);
        return;
      }
      this.#queue.shift();
      if (first.place !== "waiting") continue;
      first.place = "outside";
      this.#waiting--;
      first.queued = (first.queued ?? 0) + now - first.receivedAt;
      this.#refuse(first, "waited too long");
    }
  }
}

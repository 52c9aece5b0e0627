import type { WorkerState } from "./worker-state.ts";

/** Milliseconds between two checks of the workers. */
const SHORTEST_INTERVAL = 100;
const LONGEST_INTERVAL = 1000;
/** A check that is so many ms late was delayed by the primary's own event loop. */
const SUSPENDED = 1000;

export interface WatchedWorker {
  readonly state: WorkerState;
  readonly age: number;
  /** Milliseconds since the worker's last message. */
  readonly silence: number;
}

/** Milliseconds; Infinity is never. */
export interface WatchdogLimits {
  readonly boot: number;
  readonly silence: number;
}

export type StuckReason = "stuck" | "too slow to start";

interface Watch<Worker> {
  workers(): readonly Worker[];
  /** The limits of now: a reload may change them. */
  limits(): WatchdogLimits;
  stuck(worker: Worker, reason: StuckReason): void;
}

/**
 * Finds workers whose event loop sends no message for too long, or whose start takes too long.
 * Every worker must send one several times within the limit.
 */
export class Watchdog<Worker extends WatchedWorker> {
  readonly #watch: Watch<Worker>;
  readonly #found = new WeakSet<Worker>();
  #nextCheck = 0;

  constructor(watch: Watch<Worker>) {
    this.#watch = watch;
    this.#checkIn(SHORTEST_INTERVAL);
  }

  /** Checks when the first worker could exceed a limit, so that an idle primary sleeps. */
  #checkIn(span: number): void {
    const interval = Math.max(SHORTEST_INTERVAL, Math.min(span, LONGEST_INTERVAL));
    this.#nextCheck = performance.now() + interval;
    setTimeout(() => this.#checkIn(this.#check()), interval).unref();
  }

  /** @returns milliseconds until a worker exceeds a limit, unless it sends a message */
  #check(): number {
    // A primary that was suspended has unread messages: they are read before the next check.
    if (performance.now() - this.#nextCheck > SUSPENDED) return 0;
    const { boot, silence } = this.#watch.limits();
    // A worker that has not been started yet may be the first to exceed one.
    let first = boot;
    for (const worker of this.#watch.workers()) {
      const starting = worker.state === "starting";
      const left = starting ? boot - worker.age : silence - worker.silence;
      first = Math.min(first, left);
      if (left >= 0 || this.#found.has(worker)) continue;
      this.#found.add(worker);
      this.#watch.stuck(worker, starting ? "too slow to start" : "stuck");
    }
    return first;
  }
}

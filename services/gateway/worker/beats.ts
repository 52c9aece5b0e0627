import { performance } from "node:perf_hooks";
import type { Beat } from "../pool/messages.ts";

/** Milliseconds between two beats; fewer where --timeout is short. */
const INTERVAL = 1000;

/** What the worker says of itself in each. */
type Load = Omit<Beat, "loop" | "rss">;

/** Reports to the primary several times within --timeout that the event loop turns, and the load. */
export class Beats {
  readonly #load: () => Load;
  readonly #send: (beat: Beat) => void;
  #before = performance.eventLoopUtilization();
  #begun = false;

  constructor(load: () => Load, send: (beat: Beat) => void) {
    this.#load = load;
    this.#send = send;
  }

  /** @param timeout seconds after which a silent worker is killed as stuck; 0: never */
  begin(timeout: number): void {
    this.#begun = true;
    this.now();
    const interval = timeout === 0 ? INTERVAL : Math.min(INTERVAL, (timeout * 1000) / 4);
    setInterval(() => this.now(), interval).unref();
  }

  /** One out of turn, once they have begun. */
  now(): void {
    if (!this.#begun) return;
    const now = performance.eventLoopUtilization();
    const loop = performance.eventLoopUtilization(now, this.#before).utilization;
    this.#before = now;
    this.#send({ ...this.#load(), loop, rss: process.memoryUsage.rss() });
  }
}

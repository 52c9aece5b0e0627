import { setTimeout as pause } from "node:timers/promises";
import { idle } from "./idle.ts";

/** How long an application may take to end after its own listeners for TERM were called. */
const PATIENCE = 5000;

/**
 * The listeners for TERM and INT that applications brought along. In a worker the primary alone
 * decides when to stop, so they are kept until the worker shuts down, and called then.
 */
export class SignalListeners {
  /** What listened before any application was loaded is the gateway's own. */
  readonly #term = process.listeners("SIGTERM");
  readonly #int = process.listeners("SIGINT");
  #kept: ReturnType<typeof process.listeners<"SIGTERM">> = [];

  /** Takes away what the applications added. */
  take(): void {
    const added = process.listeners("SIGINT").filter((other) => !this.#int.includes(other));
    for (const listener of added) process.off("SIGINT", listener);
    this.#kept = process.listeners("SIGTERM").filter((other) => !this.#term.includes(other));
    for (const listener of this.#kept) process.off("SIGTERM", listener);
  }

  /** Calls them as TERM would, and waits until they have done all that they began. */
  async deliver(): Promise<void> {
    if (this.#kept.length === 0) return;
    const watch = idle();
    await Promise.allSettled(this.#kept.map(async (listener) => listener("SIGTERM")));
    await Promise.race([watch.reached, pause(PATIENCE, undefined, { ref: false })]);
    watch.cancel();
  }
}

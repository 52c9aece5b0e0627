import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds that an application may take to end after its own TERM listeners were called. */
const TERM_TIMEOUT = 5000;

type Listener = ReturnType<typeof process.listeners<"SIGTERM" | "SIGINT">>[number];

/**
 * Resolves when this process has nothing left to wait for but its primary: no timer, no socket,
 * no pending file. `cancel` ends the watch.
 */
export function idle(): { readonly reached: Promise<void>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.channel?.unref();
  process.once("beforeExit", resolve);
  return {
    reached: promise,
    cancel: () => {
      process.off("beforeExit", resolve);
      process.channel?.ref();
    },
  };
}

/**
 * The TERM and INT listeners of applications. In a worker the primary alone decides when to stop,
 * so they are removed, and those for TERM are called when the worker shuts down.
 */
export class SignalListeners {
  /** Listeners from before any application was loaded are the gateway's own. */
  readonly #own = {
    SIGTERM: process.listeners("SIGTERM"),
    SIGINT: process.listeners("SIGINT"),
  };
  #kept: Listener[] = [];

  /** Removes what the applications added. */
  take(): void {
    this.#remove("SIGINT");
    this.#kept = this.#remove("SIGTERM");
  }

  /** Calls them as TERM would, and waits until all that they began has ended. */
  async deliver(): Promise<void> {
    if (this.#kept.length === 0) return;
    const watch = idle();
    await Promise.allSettled(this.#kept.map(async (listener) => listener("SIGTERM")));
    await Promise.race([watch.reached, pause(TERM_TIMEOUT, undefined, { ref: false })]);
    watch.cancel();
  }

  #remove(signal: "SIGTERM" | "SIGINT"): Listener[] {
    const added = process.listeners(signal).filter((one) => !this.#own[signal].includes(one));
    for (const listener of added) process.off(signal, listener);
    return added;
  }
}

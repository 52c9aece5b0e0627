import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds that an application may take to end after its own TERM listeners were called. */
const TERM_TIMEOUT = 5000;

type Listener = ReturnType<typeof process.listeners<"SIGTERM" | "SIGINT">>[number];

/** Resolves when this process waits for nothing but its primary: no timer, socket or file. */
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

/** The primary alone stops a worker: applications' TERM listeners are called at its shutdown. */
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

  /** Calls those for TERM, and waits until all that they began has ended. */
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

import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds that an application may take to end after its own TERM listeners were called. */
const TERM_TIMEOUT = 5000;

/** A signal to the process group, such as Ctrl-C's, reaches the workers too. */
const SIGNALS: ReadonlySet<unknown> = new Set(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]);
const ignore = () => undefined;

interface Idle {
  /** Resolves when this process waits for nothing but its primary: no timer, socket or file. */
  readonly reached: Promise<void>;
  cancel(): void;
}

/**
 * Stands between the process and the application's listeners, whenever those are set. The primary
 * alone ends a worker, so signals do not reach them; and a worker that waits only for its primary is
 * not about to exit, so "beforeExit" does not.
 */
export class ProcessEvents {
  #idle: PromiseWithResolvers<void> | undefined;
  /** The application's TERM listeners are being called. */
  #calling = false;
  #ending = false;

  constructor() {
    const { emit } = process;
    const filtered = (event: unknown, ...rest: unknown[]): boolean => {
      if (event === "beforeExit") this.#idle?.resolve();
      const kept = event === "beforeExit" ? !this.#ending : SIGNALS.has(event) && !this.#calling;
      return kept ? true : Reflect.apply(emit, process, [event, ...rest]);
    };
    process.emit = filtered as typeof emit;
    // With a listener, the default action, which is to end the process, does not happen. Node takes
    // the `emit` of the moment at which the first one is set.
    for (const signal of SIGNALS) process.on(String(signal), ignore);
  }

  idle(): Idle {
    const idle = Promise.withResolvers<void>();
    this.#idle = idle;
    process.channel?.unref();
    // Node looks again after something has happened only: this may be called at such a look.
    setImmediate(() => undefined);
    return {
      reached: idle.promise,
      cancel: () => {
        this.#idle = undefined;
        process.channel?.ref();
      },
    };
  }

  /**
   * Calls what the application has set for TERM, and waits until all that it began has ended, or it
   * sends TERM to itself, as Nest does. @throws what a listener threw
   */
  async deliverTerm(): Promise<void> {
    if (process.listeners("SIGTERM").every((listener) => listener === ignore)) return;
    const done = Promise.withResolvers<void>();
    const { kill } = process;
    process.kill = (pid, signal) => {
      if (pid !== process.pid || signal === 0) return Reflect.apply(kill, process, [pid, signal]);
      done.resolve();
      return true;
    };
    const watch = this.idle();
    this.#ending = true;
    this.#calling = true;
    try {
      process.emit("SIGTERM", "SIGTERM");
    } finally {
      this.#calling = false;
    }
    await Promise.race([
      watch.reached,
      done.promise,
      pause(TERM_TIMEOUT, undefined, { ref: false }),
    ]);
    watch.cancel();
  }
}

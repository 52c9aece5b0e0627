import { constants } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { keep, protectListeners } from "./kept-listeners.ts";

/** Milliseconds that an application may take to end after its own TERM listeners were called. */
export const TERM_TIMEOUT = 5000;

/** A signal to the process group, such as Ctrl-C's, reaches the workers too. */
const SIGNALS: ReadonlySet<string> = new Set(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]);
const ignore = () => undefined;

interface Idle {
  /** Resolves when this process waits for nothing but its primary: no timer, socket or file. */
  readonly reached: Promise<void>;
  cancel(): void;
}

/**
 * Stands between the process and the application's listeners, whenever those are set. The primary
 * alone ends a worker, so signals do not reach them, not even those that the application sends to
 * itself; and a worker that waits only for its primary is not about to exit, so "beforeExit" does not.
 */
export class ProcessEvents {
  /** Called when the application signals its own process, which is how it asks for its end. */
  asksToEnd: ((signal: string) => void) | undefined;
  #idle: PromiseWithResolvers<void> | undefined;
  /** The application's TERM listeners are being called. */
  #calling = false;
  #ending: PromiseWithResolvers<void> | undefined;

  constructor() {
    const { emit, kill } = process;
    const filtered = (event: unknown, ...rest: unknown[]): boolean => {
      if (event === "beforeExit") {
        this.#idle?.resolve();
        if (this.#ending === undefined) return true;
      } else if (SIGNALS.has(String(event)) && !this.#calling) {
        this.#ask(String(event));
        return true;
      }
      return Reflect.apply(emit, process, [event, ...rest]);
    };
    protectListeners();
    for (const signal of SIGNALS) ignoreFromOutside(signal);
    process.emit = filtered as typeof emit;
    process.kill = (pid, signal = "SIGTERM") => {
      const name = typeof signal === "string" ? signal : nameOf(signal);
      if (pid !== process.pid || !SIGNALS.has(name)) {
        return Reflect.apply(kill, process, [pid, signal]);
      }
      this.#ask(name);
      return true;
    };
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
   * Calls what the application has set for TERM, and waits, once it is shut down, until all that it began
   * has ended, or it sends TERM to itself, as Nest does. @throws what a listener threw
   */
  async deliverTerm(isShutDown: Promise<void>): Promise<void> {
    if (process.listeners("SIGTERM").every((listener) => listener === ignore)) return;
    this.#ending = Promise.withResolvers<void>();
    this.#calling = true;
    // A listener may look whether it is the only one: signal-exit's.
    process.off("SIGTERM", ignore);
    try {
      process.emit("SIGTERM", "SIGTERM", constants.signals.SIGTERM);
    } finally {
      this.#calling = false;
    }
    await isShutDown;
    const watch = this.idle();
    await Promise.race([
      watch.reached,
      this.#ending.promise,
      pause(TERM_TIMEOUT, undefined, { ref: false }),
    ]);
    watch.cancel();
  }

  #ask(signal: string): void {
    if (this.#ending === undefined) this.asksToEnd?.(signal);
    else this.#ending.resolve();
  }
}

/**
 * With a listener, the default action of a signal, which is to end the process, does not happen. Node
 * begins to catch it at "newListener", and hands it to what is `emit` then: there it ends, whatever
 * listens later.
 */
function ignoreFromOutside(signal: string): void {
  keep({
    event: signal,
    isMissing: () => process.listenerCount(signal) === 0,
    add: () => {
      const { emit } = process;
      const silent = (event: unknown, ...rest: unknown[]): boolean =>
        event !== "newListener" || Reflect.apply(emit, process, [event, ...rest]);
      process.emit = silent as typeof emit;
      process.on(signal, ignore);
      process.emit = emit;
    },
  });
}

function nameOf(signal: number): string {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? "";
}

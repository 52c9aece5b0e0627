interface Kept {
  readonly event: string;
  isMissing(): boolean;
  add(): void;
}

/** Those by which sockets come among them. */
const OF_NODE: ReadonlySet<string | symbol> = new Set([
  "internalMessage",
  "newListener",
  "removeListener",
]);

const events: NodeJS.EventEmitter = process;
const kept = new Set<Kept>();

/**
 * Adds a listener of the gateway's to the process. An application that removes it, because it removes
 * all listeners, only removes its own. @returns what ends it
 */
export function keepListener(event: string, listener: (...args: unknown[]) => void): () => void {
  const one: Kept = {
    event,
    isMissing: () => !events.listeners(event).includes(listener),
    add: () => void events.on(event, listener),
  };
  keep(one);
  return () => {
    kept.delete(one);
    events.off(event, listener);
  };
}

/** Adds a listener, and adds it again whenever it is missing after another one was removed. */
export function keep(one: Kept): void {
  kept.add(one);
  one.add();
}

/** Before the first of them is added. */
export function protectListeners(): void {
  // In front of Node's, which gives a signal that is left without a listener its default action.
  events.prependListener("removeListener", (event: string) => {
    for (const one of kept) if (one.event === event && one.isMissing()) one.add();
  });
  const { removeAllListeners } = process;
  process.removeAllListeners = (event?: string | symbol) => {
    const all = process.eventNames().filter((name) => !OF_NODE.has(name));
    for (const name of event === undefined ? all : [event]) {
      Reflect.apply(removeAllListeners, process, [name]);
    }
    return process;
  };
}

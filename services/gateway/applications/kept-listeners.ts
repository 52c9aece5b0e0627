interface Kept {
  readonly event: string;
  readonly listener: (...args: unknown[]) => void;
  readonly add: () => void;
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
export function keepListener(
  event: string,
  listener: Kept["listener"],
  add = () => void events.on(event, listener),
): () => void {
  const one = { event, listener, add };
  kept.add(one);
  add();
  return () => {
    kept.delete(one);
    events.off(event, listener);
  };
}

/** Before the first of them is added. */
export function protectListeners(): void {
  events.on("removeListener", (event: string, listener: Kept["listener"]) => {
    for (const one of kept) if (one.event === event && one.listener === listener) one.add();
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

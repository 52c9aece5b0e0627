import { ping } from "@gatehouse/processes";
import type { Logger } from "@gatehouse/telemetry";

/** Milliseconds between two looks at the other edges. Who has not responded by the next one is frozen. */
const INTERVAL = 5000;
/** Milliseconds that a look may be late on a busy machine. */
const TOLERANCE = 1000;

/**
 * Logs when edges that share the ports with this one are frozen, and when they run again. A frozen one cannot log it,
 * and its share of the connections waits, since it keeps its listening sockets.
 */
export class OtherEdges {
  readonly #paths: () => readonly string[];
  readonly #logger: Logger;
  readonly #interval: number;
  readonly #timer: NodeJS.Timeout;
  /** Those that have not responded yet. A frozen one gets no second ping, which would fill its backlog. */
  readonly #asked = new Set<string>();
  #lookedAt = performance.now();
  #frozen = 0;

  /** @param paths the control sockets of the others, as they are now */
  constructor(paths: () => readonly string[], logger: Logger, interval = INTERVAL) {
    this.#paths = paths;
    this.#logger = logger;
    this.#interval = interval;
    this.#timer = setInterval(() => this.#look(), interval).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const late = performance.now() - this.#lookedAt - this.#interval;
    this.#lookedAt = performance.now();
    // An edge that was frozen itself has yet to read what the others responded.
    if (late > TOLERANCE) return;
    this.#log(this.#asked.size);
    for (const path of this.#paths()) if (!this.#asked.has(path)) void this.#ask(path);
  }

  async #ask(path: string): Promise<void> {
    this.#asked.add(path);
    // It resolves too when the edge ends: a dead one has no listening sockets any more.
    await ping(path);
    this.#asked.delete(path);
  }

  #log(frozen: number): void {
    const line = { from: this.#frozen, to: frozen };
    if (frozen > this.#frozen) {
      this.#logger.error("edges are frozen: their share of the connections waits", line);
    } else if (frozen < this.#frozen) this.#logger.info("edges run again", line);
    this.#frozen = frozen;
  }
}

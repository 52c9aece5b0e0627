/** Requests that a client may begin in a window without yielding. */
const FREE = 16;
/** Milliseconds. */
const WINDOW = 100;

/**
 * Who waits where clients compete for the time of a worker: one that begins many requests, as long as
 * there are other clients. Its requests then share the spare time of each turn of the event loop, so
 * that a client who asks for little is served as if the others were not there.
 */
export class Precedence {
  readonly #now: () => number;
  #since = Number.NEGATIVE_INFINITY;
  #begun = new Map<string, number>();
  /** Clients of the window before. */
  #before = 0;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Counts a request that a client begins.
   * @param alone whether it yields even where no other client is there
   * @returns whether it yields
   */
  begin(client: string, alone: boolean): boolean {
    const now = this.#now();
    if (now - this.#since >= WINDOW) {
      this.#before = now - this.#since < 2 * WINDOW ? this.#begun.size : 0;
      this.#begun = new Map();
      this.#since = now;
    }
    const count = (this.#begun.get(client) ?? 0) + 1;
    this.#begun.set(client, count);
    return count > FREE && (alone || Math.max(this.#begun.size, this.#before) > 1);
  }
}

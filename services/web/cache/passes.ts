/** How long it is remembered that an answer was not for sharing, in milliseconds. */
const REMEMBERED = 60_000;
/** Addresses come from outside: the memory of them is bounded. */
const MOST = 10_000;

/**
 * The addresses whose last answer was not for sharing. Nobody waits for such an answer in the hope
 * of sharing it, yet one that may be kept is kept: Varnish's "hit for miss".
 */
export class Passes {
  readonly #until = new Map<string, number>();

  add(key: string): void {
    this.#until.delete(key);
    this.#until.set(key, performance.now() + REMEMBERED);
    if (this.#until.size <= MOST) return;
    for (const [oldest] of this.#until) {
      this.#until.delete(oldest);
      return;
    }
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.#until.delete(key);
    return false;
  }

  delete(key: string): void {
    this.#until.delete(key);
  }

  clear(): void {
    this.#until.clear();
  }
}

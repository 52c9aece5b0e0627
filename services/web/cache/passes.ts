/** How long it is remembered that an answer was not for sharing, in milliseconds. */
const REMEMBERED = 60_000;
/** Addresses come from outside, and may be long: the memory of them is bounded, in characters. */
const MOST = 4 * 1024 ** 2;

/**
 * The addresses whose last answer was not for sharing. Nobody waits for such an answer in the hope
 * of sharing it, yet one that may be kept is kept: Varnish's "hit for miss".
 */
export class Passes {
  readonly #until = new Map<string, number>();
  #characters = 0;

  add(key: string): void {
    this.delete(key);
    this.#until.set(key, performance.now() + REMEMBERED);
    this.#characters += key.length;
    for (const [oldest] of this.#until) {
      if (this.#characters <= MOST) return;
      this.delete(oldest);
    }
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.delete(key);
    return false;
  }

  delete(key: string): void {
    if (this.#until.delete(key)) this.#characters -= key.length;
  }

  clear(): void {
    this.#until.clear();
    this.#characters = 0;
  }
}

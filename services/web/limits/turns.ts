/**
 * The requests of one connection that are at the application, so many at most. The others wait: they
 * take neither a connection to a replica nor a position in the queue for one.
 */
export class Turns<T> {
  readonly #most: number;
  readonly #inside = new Set<T>();
  readonly #waiting = new Map<T, (begins: boolean) => void>();

  constructor(most: number) {
    this.#most = most;
  }

  isWaiting(one: T): boolean {
    return this.#waiting.has(one);
  }

  /** @returns undefined where it may begin at once; otherwise whether it may, once that is known */
  enter(one: T): Promise<boolean> | undefined {
    if (this.#inside.size < this.#most) {
      this.#inside.add(one);
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.set(one, resolve));
  }

  /** It has ended, or does not count any more; again: nothing happens. */
  leave(one: T): void {
    this.#waiting.get(one)?.(false);
    this.#waiting.delete(one);
    if (!this.#inside.delete(one)) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [first, begin] = next;
    this.#waiting.delete(first);
    this.#inside.add(first);
    begin(true);
  }
}

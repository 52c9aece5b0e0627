const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
/** A worker that lived this long was no part of a crash loop. */
const HEALTHY_LIFE = 10_000;

/** Milliseconds until a dead worker is replaced: in a crash loop twice as long each time. */
export class Backoff {
  #crashes = 0;

  after(life: number): number {
    this.#crashes = life < HEALTHY_LIFE ? this.#crashes + 1 : 0;
    if (this.#crashes === 0) return 0;
    return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#crashes - 1));
  }

  /** The cause of the crashes may be gone: the next crash counts as the first. */
  reset(): void {
    this.#crashes = 0;
  }
}

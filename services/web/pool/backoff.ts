const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
/** A worker that lived this long did not crash in a loop. */
const SOUND_LIFE = 10_000;

/** How long the place of a crashed worker stays empty: not at all, in a crash loop ever longer. */
export class Backoff {
  #crashes = 0;

  /** Milliseconds until the successor of a worker that lived `life` ms starts. */
  after(life: number): number {
    this.#crashes = life < SOUND_LIFE ? this.#crashes + 1 : 0;
    if (this.#crashes === 0) return 0;
    return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#crashes - 1));
  }
}

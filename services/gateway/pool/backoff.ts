const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
/** A worker that lived this long did not crash in a loop. */
const SOUND_LIFE = 10_000;

/** How long a replacement waits: not at all after a sound life, in a crash loop ever longer. */
export class Backoff {
  #crashes = 0;

  /** Milliseconds until the replacement of a worker that lived `life` ms. */
  after(life: number): number {
    this.#crashes = life < SOUND_LIFE ? this.#crashes + 1 : 0;
    if (this.#crashes === 0) return 0;
    return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#crashes - 1));
  }

  /** Something has changed: the next crash is the first again. */
  forget(): void {
    this.#crashes = 0;
  }
}

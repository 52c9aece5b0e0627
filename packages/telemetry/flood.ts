/**
 * Bounds lines of which a client can cause one with each request. The logger writes at once, whatever
 * else waits, so that the last lines before an end are there: a flood of requests must become no flood of
 * such lines. Those that are left out are counted in the next one that is written.
 */
export class Flood {
  readonly #perSecond: number;
  readonly #burst: number;
  #level = 0;
  #at = 0;
  #leftOut = 0;

  /** @param burst lines that may be written at once */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /**
   * @param now milliseconds
   * @returns how many were left out since the last line; undefined where this one is left out too
   */
  admit(now: number): number | undefined {
    this.#level = Math.max(0, this.#level - ((now - this.#at) * this.#perSecond) / 1000);
    this.#at = now;
    if (this.#level + 1 > this.#burst) {
      this.#leftOut++;
      return undefined;
    }
    this.#level++;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}

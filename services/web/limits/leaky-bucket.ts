/** How much is let through, as nginx's limit_req with `burst` and `nodelay` has it. */
export interface Rate {
  readonly perSecond: number;
  /** How many may be ahead of the rate. */
  readonly burst: number;
}

/** One client's requests: each fills the bucket by one, and it leaks at the rate. */
export class LeakyBucket {
  #level = 0;
  #at: number;

  /** @param now milliseconds, of any clock that only goes forward */
  constructor(now: number) {
    this.#at = now;
  }

  /**
   * Takes one request in.
   * @returns 0 where there was room, else the milliseconds until there will be; a request that found
   *   no room does not count
   */
  take({ perSecond, burst }: Rate, now: number): number {
    const level = Math.max(0, this.#level - ((now - this.#at) * perSecond) / 1000);
    this.#at = now;
    this.#level = level;
    const excess = level - burst;
    if (excess > 0) return (excess * 1000) / perSecond;
    this.#level = level + 1;
    return 0;
  }
}

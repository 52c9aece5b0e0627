/** No visitor has come for so long when they count as away; milliseconds. */
const AWAY_AFTER = 10_000;

/** Whether visitors come: while none does, an edge looks after its replicas less often. */
export class Visitors {
  #cameLately = true;
  #last = 0;

  /** A request needs a replica. It is called for each, so it reads no clock. */
  came(): void {
    this.#cameLately = true;
  }

  /** @param now milliseconds of a clock that is never set, as performance.now() */
  areAway(now: number): boolean {
    if (this.#cameLately) this.#last = now;
    this.#cameLately = false;
    return now - this.#last > AWAY_AFTER;
  }
}

/** Milliseconds of each turn of the event loop that work which may wait has at least. */
const BUDGET = 2;
/** What it has of a longer turn, as a part of the time that the others took. */
const PART = 1 / 4;

interface Waiting {
  readonly run: () => void;
  readonly cost: number;
}

/**
 * Work that may wait, so that clients who cause much of it do not hold up the others: pipelined
 * requests, tiny chunks, pieces of long bodies, handshakes. First come, first served, for 2 ms in each
 * turn of the event loop; between two turns the sockets of all other clients are served. Where these take
 * long, it has a part of their time more: on a site that is busy with others it must not stand still.
 */
export class SpareTime {
  readonly #now: () => number;
  readonly #waiting: Waiting[] = [];
  #scheduled = false;
  /** When the last turn of work that was not all done ended; or 0. */
  #pausedAt = 0;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Runs `run` in this turn of the event loop where there is time left, otherwise in a later one.
   * @param cost milliseconds that it causes elsewhere, such as in a socket that it resumes
   */
  later(run: () => void, cost = 0): void {
    this.#waiting.push({ run, cost });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#spend();
    });
  }

  #spend(): void {
    const began = this.#now();
    // Since nothing waits for events as long as work is left, the time was that of others.
    const others = this.#pausedAt === 0 ? 0 : began - this.#pausedAt;
    const budget = Math.max(BUDGET, others * PART);
    let [done, elsewhere] = [0, 0];
    // What is added meanwhile waits for the next turn.
    const present = this.#waiting.length;
    try {
      while (done < present && this.#now() - began + elsewhere < budget) {
        const work = this.#waiting[done++];
        elsewhere += work?.cost ?? 0;
        work?.run();
      }
    } finally {
      this.#waiting.splice(0, done);
      this.#pausedAt = this.#waiting.length > 0 ? this.#now() : 0;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}

/** One for the process, as its event loop is. */
export const spareTime = new SpareTime(() => performance.now());

/** Milliseconds of each turn of the event loop that work which may wait has. */
const BUDGET = 2;

interface Waiting {
  readonly run: () => void;
  readonly cost: number;
}

/**
 * Work that may wait, so that clients who cause much of it do not hold up the others: pipelined
 * requests, tiny chunks, pieces of long bodies. First come, first served, for 2 ms in each turn of the
 * event loop; between two turns the sockets of all other clients are served.
 */
export class SpareTime {
  readonly #now: () => number;
  readonly #waiting: Waiting[] = [];
  #scheduled = false;

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
    let [done, elsewhere] = [0, 0];
    // What is added meanwhile waits for the next turn.
    const present = this.#waiting.length;
    try {
      while (done < present && this.#now() - began + elsewhere < BUDGET) {
        const work = this.#waiting[done++];
        elsewhere += work?.cost ?? 0;
        work?.run();
      }
    } finally {
      this.#waiting.splice(0, done);
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}

/** One for the process, as its event loop is. */
export const spareTime = new SpareTime(() => performance.now());

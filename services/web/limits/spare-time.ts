/** Milliseconds of each turn of the event loop that work which may wait has at least. */
const BUDGET = 2;
/** What it has of a longer turn, as a part of the time that the others took. */
const PART = 1 / 4;
/** What it has at most: a turn holds up everybody, and what the work causes in other places is not seen here. */
const MOST = 6;
/** What one read of a socket is expected to cost, in milliseconds, until some were seen. */
const COST_OF_READ = 0.1;
/** Works that may run in one turn. */
const AT_ONCE = 64;
/** How much the expected cost follows the last one that was seen. */
const WEIGHT = 1 / 8;

interface Waiting {
  readonly run: () => void;
  /** Whether it only resumes a socket, which is read later in the turn. */
  readonly resumes: boolean;
}

/**
 * Work that may wait, so that clients who cause much of it do not hold up the others: pipelined
 * requests, tiny chunks, pieces of long bodies, handshakes. First come, first served, for 2 ms in each
 * turn of the event loop; between two turns the sockets of all other clients are served. Where these take
 * long, it has a part of their time more: on a site that is busy with others it must not stand still.
 * Only processor time counts: on a busy machine a turn is long because other processes run.
 */
export class SpareTime {
  readonly #now: () => number;
  readonly #waiting: Waiting[] = [];
  /** Immediates that have not run, and those of them that are of the present turn. */
  #scheduled = 0;
  #left = 0;
  /** When the budget of the present turn is spent. */
  #end = 0;
  /** When the last turn of work that was not all done ended; or 0. */
  #pausedAt = 0;
  /** Milliseconds that reads took since then. */
  #reads = 0;
  #costOfRead = COST_OF_READ;

  /** @param now milliseconds of processor time */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Runs `run` in this turn of the event loop where there is time left, otherwise in a later one. */
  later(run: () => void): void {
    this.#waiting.push({ run, resumes: false });
    this.#schedule();
  }

  /** The same where `resume` resumes a socket, whose next read is one of `read`. */
  laterToRead(resume: () => void): void {
    this.#waiting.push({ run: resume, resumes: true });
    this.#schedule();
  }

  /** Runs the read of a socket that was resumed here: its time is not that of others. */
  read(run: () => void): void {
    const began = this.#now();
    try {
      run();
    } finally {
      const took = this.#now() - began;
      this.#reads += took;
      this.#costOfRead += (took - this.#costOfRead) * WEIGHT;
    }
  }

  #schedule(): void {
    const most = Math.min(this.#waiting.length, AT_ONCE);
    for (; this.#scheduled < most; this.#scheduled++) setImmediate(this.#next);
  }

  /** An immediate for each work: so what it leaves to ticks and promises has run, and counts, before the next. */
  readonly #next = (): void => {
    const now = this.#now();
    if (this.#left === 0) {
      // What is scheduled from now on is for the next turn.
      this.#left = this.#scheduled;
      // Since nothing waits for events as long as work is left, the time was that of others.
      const others = this.#pausedAt === 0 ? 0 : now - this.#pausedAt - this.#reads;
      this.#reads = 0;
      this.#end = now + Math.min(Math.max(BUDGET, others * PART), MOST);
    }
    this.#left--;
    this.#scheduled--;
    const work = now < this.#end ? this.#waiting.shift() : undefined;
    if (work?.resumes) this.#end -= this.#costOfRead;
    try {
      work?.run();
    } finally {
      if (this.#left === 0) {
        this.#pausedAt = this.#waiting.length > 0 ? this.#now() : 0;
        this.#schedule();
      }
    }
  };
}

/** One for the process, as its event loop is. */
export const spareTime = new SpareTime(processorTime);

/** Milliseconds that this thread has run. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

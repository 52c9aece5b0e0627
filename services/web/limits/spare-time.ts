import { FairQueue } from "@gatehouse/http";

/** Milliseconds of each turn of the event loop that work which may wait has at least. */
const BUDGET = 2;
/** What it has of a longer turn, as a part of the time that the others took. */
const PART = 1 / 4;
/** What it has at most: a turn holds up all clients, and what the work causes elsewhere is not seen here. */
const MOST = 6;
/** What one read of a socket is expected to cost, in milliseconds, until some were seen. */
const COST_OF_READ = 0.1;
/** Works that may run in one turn. */
const AT_ONCE = 64;
/** How much the expected cost follows the last one that was seen. */
const WEIGHT = 1 / 8;

/** Takes out work that has not run; afterwards it does nothing. */
export type Cancel = () => void;

interface Waiting {
  readonly run: () => void;
  readonly client: string;
  readonly connection: object;
  /** Whether it only resumes a socket, which is read later in the turn. */
  readonly resumes: boolean;
}

/** Clocks, in milliseconds. */
interface Clocks {
  readonly now: () => number;
  /** Of the processor time of this thread; it may be some milliseconds late. */
  readonly processor: () => number;
}

/**
 * Work that may wait, so that clients who cause much of it do not hold up the others: pipelined
 * requests, tiny chunks, pieces of long bodies, handshakes. Each client is next in turn, for 2 ms in each
 * turn of the event loop; between two turns the sockets of all other clients are served. Where these take
 * long, it has a part of their time more: on a site that is busy with others it must not stand still.
 * Of the others only processor time counts: on a busy machine a turn is long because other processes run.
 */
export class SpareTime {
  readonly #clocks: Clocks;
  readonly #waiting = new FairQueue<Waiting>();
  /** Works that belong to no client: each has a turn as if it were one. */
  #others = 0;
  /** Immediates that have not run, and those of them that are of the present turn. */
  #scheduled = 0;
  #left = 0;
  /** When the budget of the present turn is spent. */
  #end = 0;
  /** The processor time when the last turn of work that was not all done ended; undefined: nothing waited. */
  #pausedAt: number | undefined;
  /** Milliseconds that reads took since then. */
  #reads = 0;
  #costOfRead = COST_OF_READ;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /**
   * Runs `run` in this turn of the event loop where there is time left, otherwise in a later one.
   * @param client for whom; what belongs to none is as if each were another one's
   */
  later(run: () => void, client?: string): Cancel {
    return this.#add(run, false, client);
  }

  /** The same where `resume` resumes a socket, whose next read is one of `read`. */
  laterToRead(resume: () => void, client?: string): Cancel {
    return this.#add(resume, true, client);
  }

  /** Runs the read of a socket that was resumed here: its time is not that of others. */
  read(run: () => void): void {
    const began = this.#clocks.now();
    try {
      run();
    } finally {
      const took = this.#clocks.now() - began;
      this.#reads += took;
      this.#costOfRead += (took - this.#costOfRead) * WEIGHT;
    }
  }

  #add(run: () => void, resumes: boolean, client = ` ${this.#others++}`): Cancel {
    const work = { run, resumes, client, connection: this };
    this.#waiting.add(work);
    this.#schedule();
    return () => this.#waiting.delete(work);
  }

  #schedule(): void {
    const most = Math.min(this.#waiting.size, AT_ONCE);
    for (; this.#scheduled < most; this.#scheduled++) setImmediate(this.#next);
  }

  /** An immediate for each work: so what it leaves to ticks and promises has run, and counts, before the next. */
  readonly #next = (): void => {
    const now = this.#clocks.now();
    if (this.#left === 0) this.#beginTurn(now);
    this.#left--;
    this.#scheduled--;
    const work = now < this.#end ? this.#waiting.take() : undefined;
    if (work?.resumes) this.#end -= this.#costOfRead;
    try {
      work?.run();
    } finally {
      if (this.#left === 0) {
        this.#pausedAt = this.#waiting.size > 0 ? this.#clocks.processor() : undefined;
        this.#schedule();
      }
    }
  };

  #beginTurn(now: number): void {
    // What is scheduled from now on is for the next turn.
    this.#left = this.#scheduled;
    const passed = this.#pausedAt === undefined ? 0 : this.#clocks.processor() - this.#pausedAt;
    // Since nothing waits for events as long as work is left, the rest of the time was that of others.
    const others = passed - this.#reads;
    this.#reads = 0;
    this.#end = now + Math.min(Math.max(BUDGET, others * PART), MOST);
  }
}

/** One for the process, as its event loop is. */
export const spareTime = new SpareTime({
  now: () => performance.now(),
  processor: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  },
});

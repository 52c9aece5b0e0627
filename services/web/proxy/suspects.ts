/** Milliseconds within which all connections that a worker's end closes are closed. */
const GATHER = 20;
/** How long the others wait for one that was sent again, and how long any of them waits in all. */
const SHORTEST_TRIAL = 250;
const LONGEST_TRIAL = 1000;
const LONGEST_WAIT = 2000;
/** Beyond it a suspect is sent at once: waiting requests cost memory, and clients may make many. */
const MOST_WAITING = 1000;

interface Waiting<Request> {
  readonly request: Request;
  readonly ranFor: number;
  readonly since: number;
}

/**
 * Requests that were sent to a worker which ended in place of a response. One of them may be why, and
 * would end the next worker too. So that it does not take the others with it a second time, they are
 * sent again in turn, at first one alone, then two, four and so on with each response; first those
 * that ran for the shortest time, because what ends a worker mostly does so soon after it began.
 */
export class Suspects<Request extends object> {
  readonly #send: (request: Request) => void;
  #waiting: Waiting<Request>[] = [];
  /** Those that were sent again, and until when the others wait for them, by performance.now(). */
  readonly #onTrial = new Map<Request, number>();
  #atOnce = 1;
  #timer: NodeJS.Timeout | undefined;
  /** How many were sent again, and how many of these lost a second worker. */
  repeated = 0;
  givenUp = 0;

  /** @param send sends a request again; it may fail at once */
  constructor(send: (request: Request) => void) {
    this.#send = send;
  }

  /** @param ranFor milliseconds from its sending to the end of its worker */
  add(request: Request, ranFor: number): void {
    this.repeated++;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#send(request);
      return;
    }
    this.#waiting.push({ request, ranFor, since: performance.now() });
    this.#timer ??= setTimeout(() => this.#check(), GATHER);
  }

  /** A request that was sent again has its response, or gets none. */
  ended(request: Request, responded: boolean): void {
    if (!this.#onTrial.delete(request)) return;
    this.#atOnce = responded ? this.#atOnce * 2 : 1;
    if (responded) this.#sendNext(performance.now());
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [request, until] of this.#onTrial) {
      // It has run longer than before, and its worker is alive.
      if (now >= until) this.ended(request, true);
    }
    this.#sendNext(now);
    if (this.#waiting.length + this.#onTrial.size === 0) this.#atOnce = 1;
    else this.#timer ??= setTimeout(() => this.#check(), GATHER);
  }

  #sendNext(now: number): void {
    let free = this.#atOnce - this.#onTrial.size;
    if (this.#waiting.length === 0) return;
    const next: Waiting<Request>[] = [];
    const later: Waiting<Request>[] = [];
    for (const each of this.#waiting.sort((one, other) => one.ranFor - other.ranFor)) {
      const goes = free > 0 || now - each.since >= LONGEST_WAIT;
      free--;
      (goes ? next : later).push(each);
    }
    this.#waiting = later;
    for (const { request, ranFor } of next) {
      this.#onTrial.set(request, now + Math.min(2 * ranFor + SHORTEST_TRIAL, LONGEST_TRIAL));
    }
    for (const { request } of next) this.#send(request);
  }
}

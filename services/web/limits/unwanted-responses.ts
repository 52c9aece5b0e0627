import { FairQueue } from "@gatehouse/http";

/** Responses that a client may have left behind at a replica before its next request waits for one of them. */
const MOST = 16;

interface Waiting {
  readonly client: string;
  readonly connection: object;
}

/**
 * The responses that a replica still makes for clients which have left, by client. A client with many of
 * them waits: otherwise it could have any number of requests at the application, with no connection open.
 */
export class UnwantedResponses<T extends Waiting> {
  readonly #counts = new Map<string, number>();
  readonly #waiting = new FairQueue<T>();
  readonly #goOn: (waiter: T) => void;

  /** @param goOn takes one that has waited */
  constructor(goOn: (waiter: T) => void) {
    this.#goOn = goOn;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  begin(client: string): void {
    this.#counts.set(client, this.#of(client) + 1);
  }

  end(client: string): void {
    const left = this.#of(client) - 1;
    if (left > 0) this.#counts.set(client, left);
    else this.#counts.delete(client);
    if (left >= MOST) return;
    for (let next = this.#waiting.takeOf(client); next !== undefined; ) {
      this.#goOn(next);
      next = this.#waiting.takeOf(client);
    }
  }

  /** @returns whether it has to wait, for that many milliseconds at most */
  holdBack(waiter: T, timeout: number): boolean {
    if (this.#counts.size === 0 || this.#of(waiter.client) < MOST) return false;
    this.#waiting.add(waiter, performance.now() + timeout);
    return true;
  }

  forget(waiter: T): void {
    this.#waiting.delete(waiter);
  }

  takeOverdue(now: number): T[] {
    return this.#waiting.takeOverdue(now);
  }

  #of(client: string): number {
    return this.#counts.get(client) ?? 0;
  }
}

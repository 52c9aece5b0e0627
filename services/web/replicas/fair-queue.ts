/**
 * What waits, with a deadline each. Each client is next in turn, however many of its own another one has
 * here; of one client the oldest is.
 */
export class FairQueue<T extends { readonly client: string }> {
  /** In the order of their deadlines, since each waits for the same time. */
  readonly #deadlines = new Map<T, number>();
  /** The client whose turn is next first. */
  readonly #ofClient = new Map<string, Set<T>>();

  get size(): number {
    return this.#deadlines.size;
  }

  add(waiter: T, deadline: number): void {
    this.#deadlines.set(waiter, deadline);
    const own = this.#ofClient.get(waiter.client);
    if (own === undefined) this.#ofClient.set(waiter.client, new Set([waiter]));
    else own.add(waiter);
  }

  delete(waiter: T): void {
    if (!this.#deadlines.delete(waiter)) return;
    const own = this.#ofClient.get(waiter.client);
    own?.delete(waiter);
    if (own?.size === 0) this.#ofClient.delete(waiter.client);
  }

  /** Takes out the one whose turn it is. */
  take(): T | undefined {
    const [next] = this.#ofClient;
    if (next === undefined) return undefined;
    const [client, own] = next;
    const [oldest] = own;
    this.#ofClient.delete(client);
    this.#ofClient.set(client, own);
    if (oldest !== undefined) this.delete(oldest);
    return oldest;
  }

  /** Takes out the newest of the client that has most, where this client would still have less. */
  takeFrom(client: string): T | undefined {
    let most = (this.#ofClient.get(client)?.size ?? 0) + 1;
    let newest: T | undefined;
    for (const own of this.#ofClient.values()) {
      if (own.size <= most) continue;
      most = own.size;
      newest = [...own].at(-1);
    }
    if (newest !== undefined) this.delete(newest);
    return newest;
  }

  /** Takes out those whose deadlines were before `now`. */
  takeOverdue(now: number): T[] {
    const overdue: T[] = [];
    for (const [waiter, deadline] of this.#deadlines) {
      if (now < deadline) break;
      overdue.push(waiter);
    }
    for (const waiter of overdue) this.delete(waiter);
    return overdue;
  }
}

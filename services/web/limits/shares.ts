/** One unit of a budget: a connection, a request, a response that stays open. */
export interface Holding {
  /** Who holds it; "" where it counts for no client. */
  readonly client: string;
  /** Whether it may be ended before the others, as a connection without a request. */
  readonly idle: boolean;
}

/** What became of a newcomer. `greedy`: its client holds its share, and others hold less. */
export type ShareDecision = "admitted" | "full" | "greedy";

/**
 * A bounded number of holdings. Until all are in use, any client may have any number. From then on each
 * has an equal share: a newcomer below it is admitted, and a holding of the client that holds most gives way.
 */
export class Shares<T extends Holding> {
  readonly most: number;
  readonly #cut: (holding: T) => void;
  readonly #all = new Set<T>();
  /** The oldest first. */
  readonly #ofClient = new Map<string, Set<T>>();

  /** @param cut ends a holding that gives way; it is not counted any more */
  constructor(most: number, cut: (holding: T) => void) {
    this.most = most;
    this.#cut = cut;
  }

  get held(): number {
    return this.#all.size;
  }

  /** The oldest first. */
  get all(): readonly T[] {
    return [...this.#all];
  }

  get clients(): number {
    return this.#ofClient.size;
  }

  of(client: string): number {
    return this.#ofClient.get(client)?.size ?? 0;
  }

  admit(holding: T): ShareDecision {
    if (this.held >= this.most) {
      const own = this.of(holding.client);
      const clients = this.#ofClient.size + (own === 0 ? 1 : 0);
      // Above the average: so that a flood of refusals costs no search for the greediest.
      if ((own + 1) * clients > this.most) return own > 0 && clients > 1 ? "greedy" : "full";
      const victim = this.#victim();
      if (victim === undefined) return "full";
      this.release(victim);
      this.#cut(victim);
    }
    this.#add(holding);
    return "admitted";
  }

  /** Counts a holding for its client, whose name was not known when it was admitted. */
  rename(holding: T, rename: () => void): void {
    if (!this.#all.has(holding)) return;
    this.release(holding);
    rename();
    this.#add(holding);
  }

  /** Gives it back; again: nothing happens. */
  release(holding: T): void {
    if (!this.#all.delete(holding)) return;
    const own = this.#ofClient.get(holding.client);
    own?.delete(holding);
    if (own?.size === 0) this.#ofClient.delete(holding.client);
  }

  #add(holding: T): void {
    this.#all.add(holding);
    if (holding.client === "") return;
    const own = this.#ofClient.get(holding.client);
    if (own === undefined) this.#ofClient.set(holding.client, new Set([holding]));
    else own.add(holding);
  }

  /** The oldest idle holding of the client that has most, or its oldest. */
  #victim(): T | undefined {
    let greediest: ReadonlySet<T> = new Set();
    for (const own of this.#ofClient.values()) if (own.size > greediest.size) greediest = own;
    for (const holding of greediest) if (holding.idle) return holding;
    const [oldest] = greediest;
    return oldest;
  }
}

/** What waits, for a client and on one of its connections. */
interface Waiting {
  readonly client: string;
  readonly connection: object;
}

/**
 * What waits, with a deadline each, or none. Each client is next in turn, however many of its own another one has
 * here; of one client each connection is, and of one connection the oldest.
 */
export class FairQueue<T extends Waiting> {
  readonly #deadlines = new Map<T, number>();
  /** The client whose turn it is first, and so its connections. */
  readonly #clients = new Map<string, Map<object, Set<T>>>();
  /** How many each client has here. */
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#deadlines.size;
  }

  /** The first deadline; Infinity where there is none. */
  get due(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const deadline of this.#deadlines.values()) first = Math.min(first, deadline);
    return first;
  }

  add(waiter: T, deadline = Number.POSITIVE_INFINITY): void {
    this.#deadlines.set(waiter, deadline);
    const { client, connection } = waiter;
    const connections = this.#clients.get(client) ?? new Map<object, Set<T>>();
    this.#clients.set(client, connections);
    const own = connections.get(connection) ?? new Set();
    connections.set(connection, own.add(waiter));
    this.#counts.set(client, (this.#counts.get(client) ?? 0) + 1);
  }

  delete(waiter: T): void {
    if (!this.#deadlines.delete(waiter)) return;
    const connections = this.#clients.get(waiter.client);
    const own = connections?.get(waiter.connection);
    own?.delete(waiter);
    if (own?.size === 0) connections?.delete(waiter.connection);
    if (connections?.size === 0) this.#clients.delete(waiter.client);
    const count = (this.#counts.get(waiter.client) ?? 0) - 1;
    if (count > 0) this.#counts.set(waiter.client, count);
    else this.#counts.delete(waiter.client);
  }

  /** Takes out the one whose turn it is. */
  take(): T | undefined {
    return this.#takeOne(toTheEnd(this.#clients));
  }

  /** Takes out the one of this client whose turn it is. */
  takeOf(client: string): T | undefined {
    return this.#takeOne(this.#clients.get(client));
  }

  /** Takes out the newest of the client that has most, where this client would still have less. */
  takeFrom(client: string): T | undefined {
    let greediest = client;
    let most = (this.#counts.get(client) ?? 0) + 1;
    for (const [each, count] of this.#counts) {
      if (count <= most || each === client) continue;
      greediest = each;
      most = count;
    }
    if (greediest === client) return undefined;
    const newest = [...this.#deadlines.keys()].findLast((each) => each.client === greediest);
    if (newest !== undefined) this.delete(newest);
    return newest;
  }

  #takeOne(connections: Map<object, Set<T>> | undefined): T | undefined {
    const own = connections && toTheEnd(connections);
    const [oldest] = own ?? [];
    if (oldest !== undefined) this.delete(oldest);
    return oldest;
  }

  /** Takes out those whose deadlines were before `now`. */
  takeOverdue(now: number): T[] {
    const overdue: T[] = [];
    for (const [waiter, deadline] of this.#deadlines) {
      if (now >= deadline) overdue.push(waiter);
    }
    for (const waiter of overdue) this.delete(waiter);
    return overdue;
  }
}

/** The first value of a map, which becomes the last. */
function toTheEnd<K, V>(map: Map<K, V>): V | undefined {
  const [first] = map;
  if (first === undefined) return undefined;
  const [key, value] = first;
  map.delete(key);
  map.set(key, value);
  return value;
}

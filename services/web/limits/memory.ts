import type { ClientConnection, OpenRequest } from "./client-connection.ts";

/** What holds memory for a client. */
type Holder = ClientConnection | OpenRequest;

/** Bytes that may be received between two weighings. */
const STEP = 4 * 1024 ** 2;

/**
 * The bytes that clients hold: what their connections and requests take, and what waits for them to be
 * read or forwarded. They are not counted one by one but weighed, often enough: nothing can be forgotten.
 */
export class Memory {
  readonly most: number;
  readonly #mostOfConnection: number;
  readonly #cut: (holder: Holder) => void;
  #unweighed = 0;
  held = 0;

  /** @param cut ends what is above the budget */
  constructor(most: number, mostOfConnection: number, cut: (holder: Holder) => void) {
    this.most = most;
    this.#mostOfConnection = mostOfConnection;
    this.#cut = cut;
  }

  /** Whether so much was received since the last weighing that the next one is due. */
  add(bytes: number): boolean {
    this.#unweighed += bytes;
    return this.#unweighed >= STEP;
  }

  /** Weighs all, and cuts the heaviest of the client that holds most until the rest fits. */
  weigh(connections: Iterable<ClientConnection>, requests: Iterable<OpenRequest>): void {
    this.#unweighed = 0;
    this.held = 0;
    const weights = new Map<Holder, number>();
    const clients = new Map<string, Set<Holder>>();
    const put = (holder: Holder, weight: number) => {
      weights.set(holder, weight);
      this.held += weight;
      const own = clients.get(holder.client);
      if (own === undefined) clients.set(holder.client, new Set([holder]));
      else own.add(holder);
    };
    const ofConnections = new Map<ClientConnection, number>();
    for (const connection of connections) put(connection, connection.weigh());
    for (const request of requests) {
      const weight = request.weigh();
      put(request, weight);
      const { connection } = request;
      if (connection === undefined) continue;
      ofConnections.set(connection, (ofConnections.get(connection) ?? 0) + weight);
    }
    const weightOf = (holder: Holder) => weights.get(holder) ?? 0;
    const end = (holder: Holder) => {
      this.held -= weightOf(holder);
      weights.delete(holder);
      clients.get(holder.client)?.delete(holder);
      this.#cut(holder);
    };
    for (const [connection, weight] of ofConnections) {
      if (weight + connection.unsent <= this.#mostOfConnection) continue;
      end(heaviest(connection.requests, weightOf) ?? connection);
    }
    if (this.held <= this.most) return;
    // What belongs to no client, such as a proxy's connection, cannot be greedy.
    clients.delete("");
    const sums = new Map<string, number>();
    for (const [client, own] of clients) {
      let sum = 0;
      for (const holder of own) sum += weightOf(holder);
      sums.set(client, sum);
    }
    while (this.held > this.most) {
      const client = heaviest(sums.keys(), (key) => sums.get(key) ?? 0);
      const holder = heaviest(clients.get(client ?? "") ?? [], weightOf);
      if (client === undefined || holder === undefined) return;
      sums.set(client, (sums.get(client) ?? 0) - weightOf(holder));
      end(holder);
    }
  }
}

function heaviest<T>(all: Iterable<T>, weightOf: (one: T) => number): T | undefined {
  let found: T | undefined;
  let most = 0;
  for (const one of all) {
    const weight = weightOf(one);
    if (weight <= most) continue;
    most = weight;
    found = one;
  }
  return found;
}

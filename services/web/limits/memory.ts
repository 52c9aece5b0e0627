import type { ClientConnection, OpenRequest } from "./client-connection.ts";

/** What holds memory for a client. */
type Holder = ClientConnection | OpenRequest;

/** All that clients hold; each reading begins anew. */
export interface Held {
  readonly connections: Iterable<ClientConnection>;
  readonly requests: Iterable<OpenRequest>;
}

interface Weighed {
  readonly holder: Holder;
  readonly weight: number;
}

/** Bytes that may be received between two weighings, and a part of what is held: to weigh it takes time. */
const STEP = 4 * 1024 ** 2;
const PART = 8;

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
    return this.#unweighed >= Math.max(STEP, this.held / PART);
  }

  /** Weighs all, and cuts the heaviest of the client that holds most until the rest fits. */
  weigh(held: Held): void {
    this.#unweighed = 0;
    this.held = 0;
    for (const connection of held.connections) {
      connection.ofRequests = 0;
      this.held += connection.weigh();
    }
    const full = new Set<ClientConnection>();
    for (const request of held.requests) {
      const weight = request.weigh();
      this.held += weight;
      const { connection } = request;
      if (connection === undefined) continue;
      connection.ofRequests += weight;
      if (connection.ofRequests + connection.unsent > this.#mostOfConnection) full.add(connection);
    }
    for (const connection of full) this.#cutHeaviest(connection);
    if (this.held > this.most) this.#cutGreediest(held);
  }

  /** Lists all, which costs more than to weigh them. */
  #cutGreediest({ connections, requests }: Held): void {
    const ofClients = new Map<string, Weighed[]>();
    const sums = new Map<string, number>();
    const put = (holder: Holder) => {
      const weight = holder.weigh();
      const { client } = holder;
      sums.set(client, (sums.get(client) ?? 0) + weight);
      const own = ofClients.get(client);
      if (own === undefined) ofClients.set(client, [{ holder, weight }]);
      else own.push({ holder, weight });
    };
    for (const connection of connections) put(connection);
    for (const request of requests) put(request);
    // What belongs to no client, such as a proxy's connection, cannot be greedy.
    sums.delete("");
    for (const own of ofClients.values()) own.sort(byWeight);
    while (this.held > this.most) {
      const [client, sum] = greatest(sums);
      const heaviest = ofClients.get(client)?.pop();
      if (heaviest === undefined) break;
      this.held -= heaviest.weight;
      sums.set(client, sum - heaviest.weight);
      this.#cut(heaviest.holder);
    }
  }

  #cutHeaviest({ requests }: ClientConnection): void {
    let most = 0;
    let heaviest: OpenRequest | undefined;
    for (const request of requests) {
      const weight = request.weigh();
      if (weight <= most) continue;
      most = weight;
      heaviest = request;
    }
    if (heaviest !== undefined) this.#cut(heaviest);
  }
}

function byWeight(one: Weighed, other: Weighed): number {
  return one.weight - other.weight;
}

function greatest(sums: ReadonlyMap<string, number>): readonly [string, number] {
  let found: readonly [string, number] = ["", 0];
  for (const entry of sums) if (entry[1] > found[1]) found = entry;
  return found;
}

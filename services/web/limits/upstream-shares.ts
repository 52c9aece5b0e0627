import type { OpenRequest } from "./client-connection.ts";

/** Milliseconds that a request waits before others give way to it: those of most applications end sooner. */
const LONG_WAIT = 1000;

/**
 * Where a request has waited long for a connection to a replica: which request there has to give way. It
 * is the oldest one of the client that has most there, or, where that is the waiting client itself, of
 * its connection that has most; none where the waiting one has its share. None either while there is room:
 * then it waits for a connection that is being opened, which no other request holds up.
 * @param room connections to one replica
 */
export function findUpstreamVictim(
  requests: Iterable<OpenRequest>,
  now: number,
  room: number,
): OpenRequest | undefined {
  const there: OpenRequest[] = [];
  const waiting = new Map<object | undefined, OpenRequest>();
  for (const request of requests) {
    if (request.isLong || request.isCut) continue;
    const { upstreamState } = request.exchange;
    if (upstreamState === "sent") there.push(request);
    else if (upstreamState === "waiting" && now - request.since >= LONG_WAIT) {
      waiting.set(request.connection, request);
    }
  }
  if (waiting.size === 0 || there.length < room) return undefined;
  const clients = new Groups(there, ({ client }) => client);
  // Of each client once: a thousand connections of one may wait.
  const connections = new Map<string, Groups<object | undefined>>();
  for (const { client, connection } of waiting.values()) {
    let own = connections.get(client);
    if (own === undefined) {
      own = new Groups(clients.of(client), (request) => request.connection);
      connections.set(client, own);
    }
    const [victim] = clients.greediest(client) ?? own.greediest(connection) ?? [];
    if (victim !== undefined) return victim;
  }
  return undefined;
}

/** Requests by what they belong to. */
class Groups<K> {
  readonly #all: ReadonlyMap<K, readonly OpenRequest[]>;
  readonly #total: number;
  #largest: readonly OpenRequest[] = [];

  constructor(requests: readonly OpenRequest[], keyOf: (request: OpenRequest) => K) {
    this.#all = Map.groupBy(requests, keyOf);
    this.#total = requests.length;
    for (const group of this.#all.values()) {
      if (group.length > this.#largest.length) this.#largest = group;
    }
  }

  of(key: K): readonly OpenRequest[] {
    return this.#all.get(key) ?? [];
  }

  /** The largest group, where `key` has less than an equal share. */
  greediest(key: K): readonly OpenRequest[] | undefined {
    const own = this.of(key).length;
    const holders = this.#all.size + (own === 0 ? 1 : 0);
    return (own + 1) * holders <= this.#total ? this.#largest : undefined;
  }
}

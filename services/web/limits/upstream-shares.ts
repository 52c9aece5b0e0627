import type { OpenRequest } from "./client-connection.ts";

/** Milliseconds that a request waits before others give way to it: those of most applications end sooner. */
const LONG_WAIT = 1000;

/**
 * Where a request has waited long for a connection to a replica: which request there has to give way. It
 * is the oldest one of the client that has most there, or, where that is the waiting client itself, of
 * its connection that has most; none where the waiting one has its share.
 */
export function findUpstreamVictim(
  requests: Iterable<OpenRequest>,
  now: number,
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
  if (waiting.size === 0) return undefined;
  const clients = Map.groupBy(there, ({ client }) => client);
  for (const { client, connection } of waiting.values()) {
    const connections = Map.groupBy(clients.get(client) ?? [], (request) => request.connection);
    const [victim] = greediest(clients, client) ?? greediest(connections, connection) ?? [];
    if (victim !== undefined) return victim;
  }
  return undefined;
}

/** The largest group, where `key` has less than an equal share. */
function greediest<K>(
  all: ReadonlyMap<K, readonly OpenRequest[]>,
  key: K,
): readonly OpenRequest[] | undefined {
  const own = all.get(key)?.length ?? 0;
  let total = 0;
  let largest: readonly OpenRequest[] = [];
  for (const group of all.values()) {
    total += group.length;
    if (group.length > largest.length) largest = group;
  }
  const holders = all.size + (own === 0 ? 1 : 0);
  return (own + 1) * holders <= total ? largest : undefined;
}

import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { isAuthority, portNamed, portOf, type Scheme } from "./authority.ts";
import type { ClientSide } from "./forwarded-fields.ts";
import { type Hop, hopsTold } from "./hops.ts";
import type { TrustedPeers } from "./trusted-peers.ts";

/** What the connection itself tells of a request. */
export interface ConnectionFacts {
  /** The address of the other end. */
  readonly peer: string;
  readonly encrypted: boolean;
  /** The authority that the request asks for; "" where HTTP/1.0 named none. */
  readonly host: string;
  readonly localAddress: string;
  readonly localPort: number;
}

/**
 * The client's side of a request. A trusted peer's word is followed from hop to hop, from the
 * nearest one outwards, up to the first that is not trusted: that is the client, and what stands
 * further left is hearsay. X-Forwarded-For outranks Forwarded, of which a proxy that knows only the
 * former would pass on whatever its client wrote.
 */
export function clientSide(
  connection: ConnectionFacts,
  headers: IncomingHttpHeaders,
  trusted: TrustedPeers,
): ClientSide {
  const socketScheme: Scheme = connection.encrypted ? "https" : "http";
  const asked = connection.host === "" ? ownAuthority(connection) : connection.host;
  const { peer } = connection;
  if (!trusted.trusts(peer)) {
    return { address: peer, scheme: socketScheme, host: asked, port: portOf(asked, socketScheme) };
  }
  const { address, hop } = walk(peer, hopsTold(headers), trusted);
  const scheme = schemeOf(hop.proto) ?? socketScheme;
  const host = hop.host !== undefined && isAuthority(hop.host) ? hop.host : asked;
  // A port within the host is what the client typed; X-Forwarded-Port can only add one.
  const port = portNamed(host) ?? portNumber(hop.port) ?? portOf(host, scheme);
  return { address, scheme, host, port };
}

/** The client's address, and what its nearest trusted proxy told of it. */
function walk(peer: string, hops: readonly Hop[], trusted: TrustedPeers) {
  let address = peer;
  // Where no hop can be followed, the nearest proxy's word on scheme and host still counts.
  let hop: Hop = hops.at(-1) ?? {};
  for (let index = hops.length - 1; index >= 0 && trusted.trusts(address); index--) {
    const next = hops[index];
    if (next?.node === undefined || isIP(next.node) === 0) break;
    address = next.node;
    hop = next;
  }
  return { address, hop };
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  http: "http",
  https: "https",
  ws: "http",
  wss: "https",
};

function schemeOf(word: string | undefined): Scheme | undefined {
  return word === undefined ? undefined : SCHEMES[word.toLowerCase()];
}

function portNumber(word: string | undefined): number | undefined {
  const port = word !== undefined && /^\d{1,5}$/.test(word) ? Number(word) : 0;
  return port > 0 && port <= 65_535 ? port : undefined;
}

function ownAuthority({ localAddress, localPort }: ConnectionFacts): string {
  const address = localAddress.includes(":") ? `[${localAddress}]` : localAddress;
  return `${address}:${localPort}`;
}

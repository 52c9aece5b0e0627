import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { isAuthority, portNamed, portOf, type Scheme } from "./authority.ts";
import type { ClientSide } from "./forwarded-fields.ts";
import type { TrustedPeers } from "./trusted-peers.ts";

export interface ConnectionFacts {
  readonly peer: string;
  /** Whether the peer is trusted whatever its address is; else its address decides. */
  readonly trusted?: boolean;
  readonly encrypted: boolean;
  /** The request's authority; "" where HTTP/1.0 has none. */
  readonly host: string;
  readonly localAddress: string;
  readonly localPort: number;
}

/**
 * The client's side of a request. The forwarded headers of a trusted peer are followed hop by hop,
 * from the nearest one outwards, up to the first address that is not trusted: the client. What stands
 * further left may be forged. X-Forwarded-For outranks Forwarded: a proxy that knows only the former
 * passes on whatever Forwarded its client sent.
 */
export function clientSide(
  connection: ConnectionFacts,
  headers: IncomingHttpHeaders,
  trusted: TrustedPeers,
): ClientSide {
  const socketScheme: Scheme = connection.encrypted ? "https" : "http";
  const requested = connection.host === "" ? ownAuthority(connection) : connection.host;
  const { peer } = connection;
  if (!connection.trusted && !trusted.trusts(peer)) {
    const port = portOf(requested, socketScheme);
    return { address: peer, scheme: socketScheme, host: requested, port };
  }
  const { address, hop } = clientHop(peer, forwardedHops(headers), trusted);
  const scheme = schemeOf(hop.proto) ?? socketScheme;
  const host = hop.host !== undefined && isAuthority(hop.host) ? hop.host : requested;
  // A port within the host is what the client typed; X-Forwarded-Port can only add one.
  const port = portNamed(host) ?? portNumber(hop.port) ?? portOf(host, scheme);
  return { address, scheme, host, port };
}

/** What one proxy says of the connection that it accepted. */
interface Hop {
  /** The address at that connection's other end, without a port. */
  readonly node?: string | undefined;
  readonly proto?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
}

function clientHop(peer: string, hops: readonly Hop[], trusted: TrustedPeers) {
  let address = peer;
  // Where no address can be followed, the nearest proxy's scheme and host still count.
  let hop: Hop = hops.at(-1) ?? {};
  for (let index = hops.length - 1; index >= 0; index--) {
    const next = hops[index];
    if (next?.node === undefined || isIP(next.node) === 0) break;
    address = next.node;
    hop = next;
    if (!trusted.trusts(address)) break;
  }
  return { address, hop };
}

/** The hops that the headers describe, the nearest one last. */
function forwardedHops(headers: IncomingHttpHeaders): Hop[] {
  const chain = joined(headers["x-forwarded-for"]);
  const proto = joined(headers["x-forwarded-proto"]);
  const host = joined(headers["x-forwarded-host"]);
  const port = joined(headers["x-forwarded-port"]);
  const nearest = { proto: lastItem(proto), host: lastItem(host), port: lastItem(port) };
  if (chain === undefined) {
    const forwarded = forwardedElements(headers.forwarded ?? "");
    return forwarded.length > 0 ? forwarded : [nearest];
  }
  // One hop is what a single proxy in front writes: nearly every request.
  if (!chain.includes(",")) return [{ node: withoutPort(chain.trim()), ...nearest }];
  const nodes = items(chain);
  const [protos, hosts, ports] = [items(proto), items(host), items(port)];
  return nodes.map((node, index) => ({
    node: withoutPort(node),
    proto: itemOfHop(protos, index, nodes.length),
    host: itemOfHop(hosts, index, nodes.length),
    port: itemOfHop(ports, index, nodes.length),
  }));
}

/**
 * A list as long as that of the addresses has one item for each hop. Of any other length only the
 * last item counts, which the nearest proxy wrote: the ones before it may be forged.
 */
function itemOfHop(list: readonly string[], index: number, hops: number): string | undefined {
  return list.length === hops ? list[index] : list.at(-1);
}

/** Empty items stay: without them the lists of a forged chain could be shifted. */
function items(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(",").map((item) => item.trim());
}

function lastItem(value: string | undefined): string | undefined {
  return value?.slice(value.lastIndexOf(",") + 1).trim();
}

/** Node joins a repeated field with commas; some servers keep its values apart. */
function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}

/** "192.0.2.1:4711" and "[2001:db8::1]:4711", as some proxies write them, without the port. */
function withoutPort(node: string): string {
  if (!node.includes(":")) return node;
  return /^\[(.+)\](?::\d+)?$/.exec(node)?.[1] ?? /^([\d.]+):\d+$/.exec(node)?.[1] ?? node;
}

/** Longer than any honest chain; a longer one would only cost time. */
const LONGEST_FORWARDED = 2048;
/** RFC 7239, section 4; commas and semicolons within quotes do not separate. */
const ELEMENT = /(?:"(?:\\.|[^"\\])*"|[^,"])+/g;
const PAIR = /([\w-]+)=(?:"((?:\\.|[^"\\])*)"|([^;,"\s]*))/g;

function forwardedElements(value: string): Hop[] {
  if (value.length > LONGEST_FORWARDED) return [];
  return (value.match(ELEMENT) ?? []).map((element) => {
    const pairs = new Map<string, string>();
    for (const [, name = "", quoted, plain = ""] of element.matchAll(PAIR)) {
      pairs.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain);
    }
    const node = pairs.get("for");
    return { node: node && withoutPort(node), proto: pairs.get("proto"), host: pairs.get("host") };
  });
}

/** A WebSocket's schemes are those of its handshake. */
function schemeOf(name: string | undefined): Scheme | undefined {
  const scheme = name?.toLowerCase();
  if (scheme === "https" || scheme === "wss") return "https";
  return scheme === "http" || scheme === "ws" ? "http" : undefined;
}

function portNumber(text: string | undefined): number | undefined {
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port <= 65_535 ? port : undefined;
}

function ownAuthority({ localAddress, localPort }: ConnectionFacts): string {
  const address = localAddress.includes(":") ? `[${localAddress}]` : localAddress;
  return `${address}:${localPort}`;
}

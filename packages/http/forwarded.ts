import { isIP, isIPv6 } from "node:net";
import type { TrustedPeers } from "./trusted-peers.ts";

/** What is true of the client's side of a request, however many proxies stand between. */
export interface ClientSide {
  readonly address: string;
  readonly scheme: "http" | "https";
  /** The authority that the client asked for, as in Host. */
  readonly host: string;
  readonly port: number;
}

/** The headers, in lower case, by which proxies tell of the client; only a trusted peer's count. */
export const FORWARDED_HEADERS: ReadonlySet<string> = new Set([
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-proto",
  "x-real-ip",
  "x-request-id",
  "x-request-start",
  "traceparent",
  "tracestate",
]);

/** The client's side, told anew: X-Forwarded-* and RFC 7239's Forwarded, as a flat field list. */
export function forwardedFields(client: ClientSide): string[] {
  const node = isIPv6(client.address) ? `"[${client.address}]"` : client.address;
  return [
    "X-Forwarded-For",
    client.address,
    "X-Forwarded-Proto",
    client.scheme,
    "X-Forwarded-Host",
    client.host,
    "X-Forwarded-Port",
    String(client.port),
    "Forwarded",
    `for=${node};proto=${client.scheme};host="${client.host.replace(/["\\]/g, "\\$&")}"`,
  ];
}

/**
 * The address of the client: the nearest hop that is not a trusted proxy, read from the right of
 * X-Forwarded-For, since whatever stands further left is hearsay.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  trusted: TrustedPeers,
): string {
  const hops = forwardedFor?.split(",").map((hop) => hop.trim()) ?? [];
  let address = peer;
  while (trusted.trusts(address)) {
    const hop = hops.pop();
    if (hop === undefined || isIP(hop) === 0) break;
    address = hop;
  }
  return address;
}

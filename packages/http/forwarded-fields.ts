import type { Scheme } from "./authority.ts";

/** How the client sent a request, however many proxies stand between. */
export interface ClientSide {
  readonly address: string;
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
}

/** Other names for the client's address: those of CDNs, which libraries such as `request-ip` believe. */
const OF_CDNS = `cf-connecting-ip cf-connecting-ipv6 cf-pseudo-ipv4 fastly-client-ip forwarded-for
  true-client-ip x-appengine-user-ip x-client-ip x-cluster-client-ip x-forwarded`;

/**
 * The fields, in lower case, that describe the client or say what a proxy decided; only a trusted
 * peer's are trusted.
 */
export const FORWARDED_HEADERS: ReadonlySet<string> = new Set(
  `${OF_CDNS} forwarded x-affinity-key x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-prefix
   x-forwarded-proto x-forwarded-protocol x-forwarded-scheme x-forwarded-server
   x-forwarded-ssl x-real-ip x-request-id x-request-start traceparent tracestate`.split(/\s+/),
);

/** X-Forwarded-* and RFC 7239's Forwarded for a client, as a flat list of fields. */
export function forwardedFields(client: ClientSide): string[] {
  const { address, scheme, host } = client;
  const node = address.includes(":") ? `"[${address}]"` : address;
  const quoted = host.includes('"') || host.includes("\\") ? host.replace(/["\\]/g, "\\$&") : host;
  return [
    ...["X-Forwarded-For", address, "X-Forwarded-Proto", scheme],
    ...["X-Forwarded-Host", host, "X-Forwarded-Port", String(client.port)],
    ...["Forwarded", `for=${node};proto=${scheme};host="${quoted}"`],
  ];
}

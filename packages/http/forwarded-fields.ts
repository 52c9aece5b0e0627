import type { Scheme } from "./authority.ts";

/** The client of a request, and where it sent that, as the trusted proxies in between say. */
export interface ClientSide {
  readonly address: string;
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
}

/** Other fields with an address of the client, such as those of CDNs: libraries such as `request-ip` read them. */
const OTHER_ADDRESSES = `cf-connecting-ip cf-connecting-ipv6 cf-pseudo-ipv4 fastly-client-ip forwarded-for
  true-client-ip x-appengine-user-ip x-client-ip x-cluster-client-ip x-forwarded`;

/**
 * The names, in lower case, of the fields in which a proxy says who the client is and what it has
 * decided, such as the request's id. A peer that is not trusted cannot set them.
 */
export const FORWARDED_HEADERS: ReadonlySet<string> = new Set(
  `${OTHER_ADDRESSES} forwarded x-affinity-key x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-prefix
   x-forwarded-proto x-forwarded-protocol x-forwarded-scheme x-forwarded-server
   x-forwarded-ssl x-real-ip x-request-id x-request-start traceparent tracestate`.split(/\s+/),
);

/** X-Forwarded-* and Forwarded (RFC 7239) for a client: names and values in turn. */
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

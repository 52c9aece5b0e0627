import type { Scheme } from "./authority.ts";

/** What is true of the client's side of a request, however many proxies stand between. */
export interface ClientSide {
  readonly address: string;
  readonly scheme: Scheme;
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
  "x-forwarded-protocol",
  "x-forwarded-scheme",
  "x-forwarded-server",
  "x-forwarded-ssl",
  "x-real-ip",
  "x-request-id",
  "x-request-start",
  "traceparent",
  "tracestate",
]);

/** The client's side, told anew: X-Forwarded-* and RFC 7239's Forwarded, as a flat field list. */
export function forwardedFields(client: ClientSide): string[] {
  const { address, scheme, host } = client;
  const node = address.includes(":") ? `"[${address}]"` : address;
  const quoted = host.includes('"') || host.includes("\\") ? host.replace(/["\\]/g, "\\$&") : host;
  return [
    "X-Forwarded-For",
    address,
    "X-Forwarded-Proto",
    scheme,
    "X-Forwarded-Host",
    host,
    "X-Forwarded-Port",
    String(client.port),
    "Forwarded",
    `for=${node};proto=${scheme};host="${quoted}"`,
  ];
}

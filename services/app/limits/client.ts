import ipaddr from "ipaddr.js";

/** Bits of an IPv6 address that the network gives; the rest each host chooses (RFC 4291, 2.5.4). */
const NETWORK_BYTES = 8;

/**
 * Who sent a request, for limits: an IPv4 address, or the /64 of an IPv6 address, because one host
 * has all addresses of it. The gateway sets the field: it has the client's own address only.
 */
export function clientOf(headers: Headers): string {
  const [first = ""] = headers.get("x-forwarded-for")?.split(",") ?? [];
  const text = first.trim();
  if (!ipaddr.isValid(text)) return "unknown";
  // ::ffff:192.0.2.1 is 192.0.2.1 (RFC 4291, 2.5.5.2).
  const address = ipaddr.process(text);
  if (address.kind() === "ipv4") return address.toString();
  const network = address.toByteArray().fill(0, NETWORK_BYTES);
  return `${ipaddr.fromByteArray(network).toString()}/64`;
}

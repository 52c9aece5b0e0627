import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * What counts as one client: an IPv4 address, or an IPv6 /64, of which a single customer has all
 * addresses at hand (RFC 6177, section 2).
 */
export function clientKey(address: string): string {
  if (!address.includes(":") || !isIPv6(address)) return address;
  // A link-local address may name its interface, which ipaddr.js takes for a part of it: eth0.100.
  const parsed = ipaddr.process(address.replace(/%.*/, ""));
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}

import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import type { ClientSide } from "./forwarded-fields.ts";

/** The field, in lower case, in which the edge sends the gateway the key of a request. */
export const AFFINITY_FIELD = "x-affinity-key";

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

const keys = new WeakMap<Pick<ClientSide, "address">, string>();

/** The same, computed once: reading an IPv6 address takes longer than all else here. */
export function keyOfClient(client: Pick<ClientSide, "address">): string {
  const { address } = client;
  if (!address.includes(":")) return address;
  const known = keys.get(client);
  if (known !== undefined) return known;
  const key = clientKey(address);
  keys.set(client, key);
  return key;
}

/**
 * Whether a request asks for affinity by itself: one of Engine.IO, on which Socket.IO is built. Its
 * session is in the memory of one process, and its query must say EIO=, the protocol's version.
 */
export function isEngineIo(target: string): boolean {
  return target.includes("EIO=") && /[?&]EIO=\d/.test(target);
}

/**
 * The weight of a key at a member of a group; the member with the highest one has the key
 * (rendezvous hashing). So all who know the members agree, a member that leaves moves its own keys
 * alone, and one that joins takes its share of all.
 * @returns 32 bits
 */
export function affinityWeight(key: string, member: string): number {
  return mixed(hashed(hashed(0x811c9dc5, key) ^ 0xff, member));
}

/** FNV-1a. */
function hashed(seed: number, text: string): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}

/** MurmurHash3's last step: names that differ in their last character get unlike weights. */
function mixed(hash: number): number {
  let mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}

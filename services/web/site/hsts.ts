import { isIP } from "node:net";

/** A year, in seconds. */
const MAX_AGE = 365 * 86_400;
/** Top-level names that belong to no one on the internet (RFC 6761, 6762, 8375, ICANN's .internal). */
const LOCAL = new Set(["localhost", "test", "invalid", "local", "internal", "arpa", "onion"]);

/**
 * Strict-Transport-Security (RFC 6797) for a site that visitors know by a real name over HTTPS: from
 * their first visit on, browsers use HTTPS alone. A name of one's own machine or network is shared by
 * whatever else runs there, so it has none. Subdomains are not included: they may be other sites.
 * @param origin WEB_PUBLIC_ORIGIN
 */
export function hstsFor(origin: string): string | undefined {
  const { protocol, hostname } = new URL(origin);
  const isReal = protocol === "https:" && !isAddress(hostname) && !isLocalName(hostname);
  return isReal ? `max-age=${MAX_AGE}` : undefined;
}

/** Whether a host, with or without a port, is a name that others than this site may have. */
export function isLocalName(host: string): boolean {
  const name = host.replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase();
  const top = name.slice(name.lastIndexOf(".") + 1);
  return !isAddress(name) && (top === name || LOCAL.has(top));
}

const isAddress = (name: string): boolean => isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;

import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** In a list of trusted networks, stands for the subnets of this host's own interfaces. */
export const OWN_SUBNETS = "own";

/** What a list of trusted networks may hold: a CIDR, an address, or "own". */
export function isNetwork(word: string): boolean {
  return word === OWN_SUBNETS || ipaddr.isValidCIDR(word) || ipaddr.isValid(word);
}

/** Whose word on forwarded headers is believed: by default nobody's. */
export class TrustedPeers {
  readonly #networks: readonly Network[];
  readonly #known = new Map<string, boolean>();

  constructor(words: readonly string[]) {
    this.#networks = words
      .flatMap((word) => (word === OWN_SUBNETS ? ownSubnets() : [word]))
      .map((word) => {
        if (ipaddr.isValidCIDR(word)) return ipaddr.parseCIDR(word);
        const address = ipaddr.parse(word);
        return [address, address.kind() === "ipv4" ? 32 : 128];
      });
  }

  /** `address` as the socket tells it; an IPv4 address mapped into IPv6 counts as IPv4. */
  trusts(address: string | undefined): boolean {
    if (address === undefined || this.#networks.length === 0) return false;
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const verdict = this.#covers(address);
    // A peer's address is a word from outside: the memory of verdicts stays bounded.
    if (this.#known.size >= 1024) this.#known.clear();
    this.#known.set(address, verdict);
    return verdict;
  }

  #covers(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const peer = ipaddr.process(address);
    return this.#networks.some(
      ([network, bits]) => peer.kind() === network.kind() && peer.match(network, bits),
    );
  }
}

function ownSubnets(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap(({ cidr }) => (cidr === null ? [] : [cidr])),
  );
}

import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";
import { Remembered } from "./remembered.ts";

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** In a list of trusted networks: the subnets of this host's own interfaces. */
export const OWN_SUBNETS = "own";

/** Whether a list of trusted networks may hold this: a CIDR, an address, or "own". */
export function isNetwork(text: string): boolean {
  return text === OWN_SUBNETS || ipaddr.isValidCIDR(text) || ipaddr.isValid(text);
}

export class TrustedPeers {
  readonly #networks: readonly Network[];
  readonly #known = new Remembered((address) => this.#covers(address));

  constructor(networks: readonly string[]) {
    this.#networks = networks
      .flatMap((network) => (network === OWN_SUBNETS ? ownSubnets() : [network]))
      .map((network) => {
        if (ipaddr.isValidCIDR(network)) return ipaddr.parseCIDR(network);
        const address = ipaddr.parse(network);
        return [address, address.kind() === "ipv4" ? 32 : 128];
      });
  }

  /** @param address as the socket reports it; an IPv4 address mapped into IPv6 counts as IPv4 */
  trusts(address: string | undefined): boolean {
    if (address === undefined || this.#networks.length === 0) return false;
    return this.#known.of(address);
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

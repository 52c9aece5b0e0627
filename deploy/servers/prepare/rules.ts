/** Where make server keeps the rules on the server. */
export const RULES = "/etc/gatehouse/firewall.nft";

/** The text of the rules. Loading it again replaces them at once. */
export function rulesOf(ports: readonly number[]): string {
  return `# Written by make server.
table inet gatehouse
delete table inet gatehouse
table inet gatehouse {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif lo accept
    meta l4proto { icmp, ipv6-icmp } accept
    udp dport { 68, 546 } accept
    tcp dport { ${ports.join(", ")} } accept
  }
}
`;
}

/** The ports of TCP that such a text lets through. */
export function portsIn(rules: string): number[] {
  const [, list = ""] = /tcp dport \{ ([\d, ]{1,999})\}/.exec(rules) ?? [];
  return list.split(",").map(Number).filter(Boolean);
}

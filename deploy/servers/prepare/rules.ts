/** Where make server keeps the rules on the server. */
export const RULES = "/etc/gatehouse/firewall.nft";

/** The unit that loads them at each start. */
export const UNIT = "/etc/systemd/system/gatehouse-firewall.service";

/** The ports of TCP that strangers reach. */
export interface Open {
  /** Those that sshd listens on: behind a forwarded port another one than the operator's. */
  readonly ssh: readonly number[];
  /** Those of each site of this machine, by its folder. */
  readonly sites: ReadonlyMap<string, readonly number[]>;
}

/** The text of the rules. Loading it again replaces them at once. */
export function rulesOf({ ssh, sites }: Open): string {
  const rules = [["sshd", ssh] as const, ...[...sites].sort()].map(
    ([of, ports]) => `    tcp dport { ${sorted(ports).join(", ")} } accept comment "${of}"`,
  );
  return `# Written by make server.
table inet gatehouse
delete table inet gatehouse
table inet gatehouse {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif lo accept
    # ICMP and ICMPv6: a minimal system has no file with their names.
    meta l4proto { 1, 58 } accept
    udp dport { 68, 546 } accept
${rules.join("\n")}
  }
}
`;
}

/** The ports that such a text lets through for each site, by its folder. */
export function sitesIn(rules: string): Map<string, number[]> {
  const sites = new Map<string, number[]>();
  for (const line of rules.split("\n")) {
    const [, list = "", folder] =
      /^ {4}tcp dport \{ ([\d, ]{1,999})\} accept comment "(\/[\w/-]{1,400})"$/.exec(line) ?? [];
    if (folder !== undefined) sites.set(folder, list.split(",").map(Number));
  }
  return sites;
}

/** All of them, once each. */
export const portsOf = ({ ssh, sites }: Open): number[] =>
  sorted([...ssh, ...[...sites.values()].flat()]);

const sorted = (ports: readonly number[]): number[] =>
  [...new Set(ports)].sort((one, other) => one - other);

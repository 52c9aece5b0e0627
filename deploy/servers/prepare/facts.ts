import { parseLines, parseStanzas } from "../../bare-machine/engine/apt-sources.ts";
import { type Distribution, readDistribution } from "../../bare-machine/engine/host.ts";
import { enginePackages, suiteFiles } from "../../bare-machine/engine/packages.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../../problem.ts";
import { RULES, sitesIn } from "./rules.ts";
import type { Root } from "./step.ts";

/** What a server is, as far as its preparation depends on it. */
export interface Facts {
  readonly distribution: Distribution;
  readonly systemd: boolean;
  /** Bytes. */
  readonly memory: number;
  readonly swap: number;
  /** The packages of the engine, Compose and buildx. */
  readonly engine: readonly string[];
  /** Files of apt's configuration that add the suite which has them, by their paths. */
  readonly aptFiles: Readonly<Record<string, string>>;
  /** The text of /etc/docker/daemon.json; "" without one. */
  readonly daemon: string;
  /** Ports that its sshd listens on; the one of this connection is among them. */
  readonly sshPorts: readonly number[];
  /** Ports that the firewall of an earlier make server lets through for each site that is still there, by its folder. */
  readonly sites: ReadonlyMap<string, readonly number[]>;
  /** Whether ufw is what keeps strangers out. */
  readonly ufw: boolean;
  /** Whether its sshd accepts passwords. */
  readonly passwords: boolean;
}

const MARK = "@@gatehouse@@";

const SCRIPT = `
part() { echo '${MARK}'"$1"; }
part os; cat /etc/os-release
part systemd; [ -d /run/systemd/system ] && echo yes
part memory; grep -E '^(MemTotal|SwapTotal):' /proc/meminfo
part vendor; dpkg-query --list docker-ce docker-ce-cli 2>/dev/null | grep '^ii'
part daemon; cat /etc/docker/daemon.json 2>/dev/null
part ufw; command -v ufw >/dev/null && LC_ALL=C ufw status | head -n 1
part firewall; cat ${RULES} 2>/dev/null
part folders; sed -n 's/.*comment "\\(\\/.*\\)"$/\\1/p' ${RULES} 2>/dev/null | while read -r each; do [ -d "$each" ] && echo "$each"; done
part sshd; { command -v sshd || echo /usr/sbin/sshd; } | { read -r sshd; "$sshd" -T 2>/dev/null; } | grep -iE '^(passwordauthentication|port) '
part lines; cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null
part stanzas; for each in /etc/apt/sources.list.d/*.sources; do cat "$each" 2>/dev/null; echo; done
exit 0
`;

/** @throws Problem (exit code 69) for a system that is not supported */
export async function readFacts(root: Root): Promise<Facts> {
  const output = await root.read(SCRIPT, "the server could not be read");
  const parts = new Map(
    output.split(MARK).map((part) => {
      const [name = "", ...lines] = part.split("\n");
      return [name, lines.join("\n")] as const;
    }),
  );
  const part = (name: string): string => parts.get(name)?.trim() ?? "";
  const distribution = readDistribution(part("os"));
  const packages = enginePackages(distribution, part("vendor") !== "");
  if (packages === undefined) {
    throw new Problem(
      `the server runs ${distribution.name}: make server works on Debian 12, Ubuntu 22.04 and newer; on another ` +
        "system prepare it by hand, as docs/production.md says",
      UNAVAILABLE_EXIT_CODE,
    );
  }
  const sources = [...parseLines(part("lines")), ...parseStanzas(part("stanzas"))];
  const { names, suite } = packages;
  const files = suite && suiteFiles(sources, distribution.codename, suite, names);
  const memory = Object.fromEntries(
    part("memory")
      .split("\n")
      .map((line) => line.split(/\s+/))
      .map(([name = "", kilobytes]) => [name, 1024 * Number(kilobytes)]),
  );
  // As it was written: its lines begin with spaces.
  const firewall = parts.get("firewall") ?? "";
  const folders = part("folders").split("\n");
  return {
    distribution,
    systemd: part("systemd") === "yes",
    memory: memory["MemTotal:"] ?? 0,
    swap: memory["SwapTotal:"] ?? 0,
    engine: names,
    aptFiles: files
      ? {
          "/etc/apt/sources.list.d/gatehouse-engine.sources": files.sources,
          "/etc/apt/preferences.d/gatehouse-engine": files.preferences,
        }
      : {},
    daemon: part("daemon"),
    sshPorts: sshPorts(part("sshd"), await root.port()),
    sites: new Map([...sitesIn(firewall)].filter(([folder]) => folders.includes(folder))),
    ufw: part("ufw") === "Status: active",
    passwords: /^passwordauthentication yes$/im.test(part("sshd")),
  };
}

/**
 * @param text of `sshd -T`: "port 22"
 * @param own the port that this connection has arrived at: where systemd listens for sshd, the text may say another one
 */
export function sshPorts(text: string, own: number | undefined): number[] {
  const configured = [...text.matchAll(/^port (\d{1,5})$/gim)].map(([, port]) => Number(port));
  return [...new Set(own === undefined ? configured : [own, ...configured])];
}

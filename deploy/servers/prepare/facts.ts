import { parseLines, parseStanzas } from "../../bare-machine/engine/apt-sources.ts";
import { type Distribution, readDistribution } from "../../bare-machine/engine/host.ts";
import { enginePackages, suiteFiles } from "../../bare-machine/engine/packages.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../../problem.ts";
import { portsIn, RULES } from "./rules.ts";
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
  /** Ports that the firewall of an earlier make server lets through, for other sites on this machine. */
  readonly openPorts: readonly number[];
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
part sshd; { command -v sshd || echo /usr/sbin/sshd; } | { read -r sshd; "$sshd" -T 2>/dev/null; } | grep -i '^passwordauthentication '
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
    openPorts: portsIn(part("firewall")),
    ufw: part("ufw") === "Status: active",
    passwords: /yes$/.test(part("sshd")),
  };
}

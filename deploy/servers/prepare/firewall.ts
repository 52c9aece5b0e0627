import type { Environment } from "../environment.ts";
import type { Facts } from "./facts.ts";
import { file, fileIs } from "./files.ts";
import { type Open, portsOf, RULES, rulesOf, UNIT } from "./rules.ts";
import type { Step } from "./step.ts";
import { ufwStep } from "./ufw.ts";

/** Loads the rules at each start, before the network is there. */
const UNIT_TEXT = `[Unit]
Description=Firewall of make server
DefaultDependencies=no
Before=network-pre.target shutdown.target
Wants=network-pre.target
After=local-fs.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft --file ${RULES}

[Install]
WantedBy=multi-user.target
`;

/**
 * Ports of this machine that strangers reach: sshd's and the site's. A table of its own, beside those of Docker and of others.
 * What a container publishes on another address passes by it: compose.yaml publishes nothing else than the site.
 */
export function firewallStep(
  { server, stack }: Environment,
  { ufw, systemd, sshPorts, sites }: Facts,
): Step {
  const own = [stack.PUBLISH_HTTP_PORT ?? 8080, stack.PUBLISH_HTTPS_PORT ?? 8443].map(Number);
  const open: Open = {
    ssh: sshPorts.length === 0 ? [server.port] : sshPorts,
    // A second site on this machine must not shut out the first one; its own former ports are closed.
    sites: new Map([...sites, [server.folder, own]]),
  };
  if (ufw) return ufwStep(open);
  const text = rulesOf(open);
  return {
    name: `firewall: ports ${portsOf(open).join(", ")} and no other`,
    check: [
      `${fileIs(RULES, text)} || exit 1`,
      ...(systemd
        ? [
            `${fileIs(UNIT, UNIT_TEXT)} || exit 1`,
            "systemctl --quiet is-enabled gatehouse-firewall || exit 1",
          ]
        : []),
      "nft list table inet gatehouse >/dev/null 2>&1 || exit 1",
    ].join("\n"),
    make: [
      file(RULES, text),
      `nft --check --file ${RULES}`,
      ...(systemd
        ? [
            file(UNIT, UNIT_TEXT),
            "systemctl daemon-reload",
            "systemctl --quiet enable gatehouse-firewall",
            "systemctl restart gatehouse-firewall",
          ]
        : [`nft --file ${RULES}`]),
    ].join("\n"),
    made: "the rule is there, now and after each start",
  };
}

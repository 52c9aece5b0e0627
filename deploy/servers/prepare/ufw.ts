import { type Open, portsOf } from "./rules.ts";
import type { Step } from "./step.ts";

/**
 * Ports that ufw lets through, where it runs already. Each rule says in its comment what it is for: without that,
 * a port that the site has no more could not be told from one of the operator's, and would stay open.
 */
export function ufwStep(open: Open): Step {
  const owners = [["sshd", open.ssh] as const, ...open.sites];
  const allows = (port: number): string => `LC_ALL=C ufw status | grep -qE '^${port}/tcp +ALLOW'`;
  const stale = `stale() {
  LC_ALL=C ufw status | sed -nE 's,^([0-9]+)/tcp +ALLOW .*# gatehouse (sshd|/.*)$,\\1 \\2,p' | while read -r port of; do
    case "$of" in
${owners.map(([of, ports]) => `    ${of}) wanted=" ${ports.join(" ")} " ;;`).join("\n")}
    # Of another site, while it is there.
    *) if [ -d "$of" ]; then continue; fi; wanted= ;;
    esac
    case "$wanted" in *" $port "*) ;; *) echo "$port" ;; esac
  done
}`;
  return {
    name: `firewall: ports ${portsOf(open).join(", ")}, by ufw, which runs here`,
    check: [
      stale,
      '[ -z "$(stale)" ] || exit 1',
      ...portsOf(open).map((port) => `${allows(port)} || exit 1`),
    ].join("\n"),
    make: [
      stale,
      // First: a port of a site that has gone may be one that is wanted.
      'stale | while read -r port; do ufw delete allow "$port/tcp" >/dev/null < /dev/null; done',
      ...owners.flatMap(([of, ports]) =>
        ports.map(
          (port) => `${allows(port)} || ufw allow ${port}/tcp comment 'gatehouse ${of}' >/dev/null`,
        ),
      ),
    ].join("\n"),
    made: "allowed, and what this site had before is closed",
  };
}

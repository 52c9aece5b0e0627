import { type Open, portsOf, RULES, UNIT } from "./rules.ts";
import type { Step } from "./step.ts";

/** A rule of `ufw status` that lets in who comes from any address; the operator's may limit how often. */
const FROM_ANYWHERE = "(ALLOW|LIMIT) +Anywhere";

/** The same, or from some addresses: those from which the operator reaches sshd are the operator's to choose. */
const FROM_SOMEWHERE = "(ALLOW|LIMIT) +(Anywhere|[0-9a-f:])";

const FUNCTIONS = `status() { LC_ALL=C ufw status; }
# Whether a port is open as $3 has it, and not by the rule of another owner, which will close it.
is_open() { status | grep -E "^$1(/tcp)? +$3" | sed "s,# gatehouse $2\\$,," | grep -qvE '# gatehouse (sshd|/.*)$'; }`;

/** What an earlier make server has left from before ufw ran: both would have to let a packet through. */
const NFT_IS_GONE = [
  `[ ! -e ${RULES} ] || exit 1`,
  `[ ! -e ${UNIT} ] || exit 1`,
  "if nft list table inet gatehouse >/dev/null 2>&1; then exit 1; fi",
];

const REMOVE_NFT = [
  `if [ -e ${UNIT} ]; then`,
  "  systemctl --quiet disable gatehouse-firewall",
  `  rm -f ${UNIT}`,
  "  systemctl daemon-reload",
  "fi",
  "if nft list table inet gatehouse >/dev/null 2>&1; then nft delete table inet gatehouse; fi",
  `rm -f ${RULES}`,
];

/**
 * Ports that ufw lets through, where it runs already. Each rule says in its comment what it is for: without that,
 * a port that the site has no more could not be distinguished from one of the operator's, and would stay open.
 */
export function ufwStep(open: Open): Step {
  const owners = [["sshd", open.ssh] as const, ...open.sites];
  // A rule has one owner, also where two sites have the same port.
  const ownerOf = new Map(owners.flatMap(([of, ports]) => ports.map((port) => [port, of])));
  const rules = [...ownerOf].map(([port, of]) => {
    const from = of === "sshd" ? FROM_SOMEWHERE : FROM_ANYWHERE;
    return { port, of, isOpen: `is_open ${port} ${of} '${from}'` };
  });
  const stale = `stale() {
  status | sed -nE 's,^([0-9]+)/tcp +ALLOW .*# gatehouse (sshd|/.*)$,\\1 \\2,p' | while read -r port of; do
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
      FUNCTIONS,
      stale,
      '[ -z "$(stale)" ] || exit 1',
      ...rules.map(({ isOpen }) => `${isOpen} || exit 1`),
      ...NFT_IS_GONE,
    ].join("\n"),
    make: [
      FUNCTIONS,
      stale,
      // First: a port of a site that has gone may be one that is wanted.
      'stale | while read -r port; do ufw delete allow "$port/tcp" >/dev/null < /dev/null; done',
      // A rule that is there gets the comment.
      ...rules.map(
        ({ port, of, isOpen }) =>
          `${isOpen} || ufw allow ${port}/tcp comment 'gatehouse ${of}' >/dev/null`,
      ),
      ...REMOVE_NFT,
    ].join("\n"),
    made: "allowed, and what this site had before is closed",
  };
}

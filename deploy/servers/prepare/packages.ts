import { quoted } from "../shell.ts";
import type { Facts } from "./facts.ts";
import { file, fileIs } from "./files.ts";
import type { Step } from "./step.ts";

/** What the commands there need beside the engine; libatomic1 is Node's. */
const TOOLS = ["ca-certificates", "git", "libatomic1", "make", "nftables"];

/** Seconds that another apt, such as the one of the first boot, may hold its locks. */
const LOCK_TIMEOUT = 300;

const APT = `export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C
apt() { apt-get --option DPkg::Lock::Timeout=${LOCK_TIMEOUT} --yes --no-install-recommends --no-remove --option Dpkg::Options::=--force-confold "$@" >/tmp/gatehouse-apt.log 2>&1 || { grep '^E: ' /tmp/gatehouse-apt.log >&2 || tail -n 1 /tmp/gatehouse-apt.log >&2; return 1; }; }
for i in $(seq ${LOCK_TIMEOUT}); do apt update && break; grep -q 'lock' /tmp/gatehouse-apt.log || break; sleep 1; done
`;

function installed(packages: readonly string[]): string {
  const list = packages.map(quoted).join(" ");
  return (
    `missing=; for each in ${list}; do dpkg-query --show --showformat '\${Status}' "$each" 2>/dev/null | ` +
    `grep -q ' installed' || missing="$missing $each"; done; [ -z "$missing" ] || { echo "missing:$missing"; exit 1; }\n`
  );
}

export function toolsStep(): Step {
  return {
    name: `packages: ${TOOLS.join(", ")}`,
    check: installed(TOOLS),
    make: `${APT}apt install ${TOOLS.join(" ")}`,
    made: "installed",
  };
}

/** The distribution's own packages, and the newer suite's on Debian 12: its own are too old. */
export function engineStep({ engine, aptFiles, systemd }: Facts): Step {
  const sources = Object.entries(aptFiles);
  const start = systemd
    ? "systemctl enable --now docker >/dev/null 2>&1"
    : "docker version >/dev/null 2>&1 || { setsid dockerd >/var/log/dockerd.log 2>&1 < /dev/null & }";
  return {
    name: `engine: ${engine.join(", ")}`,
    check:
      `${installed(engine)}docker version --format 'Docker {{.Server.Version}}' || exit 1\n` +
      "docker compose version >/dev/null || exit 1\n",
    make: [
      ...sources.map(([path, text]) => file(path, text)),
      `${APT}apt install ${engine.join(" ")}`,
      start,
      "for i in $(seq 120); do docker version >/dev/null 2>&1 && exit 0; sleep 0.5; done",
      "echo 'the daemon does not respond: see journalctl -u docker' >&2; exit 1",
    ].join("\n"),
    made: "installed, and it runs",
  };
}

const AUTO_UPGRADES = `// Written by make server: security updates are installed every day.
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
`;

/** The containers go on while the engine itself is updated: see the log limits' live-restore. */
export function updatesStep({ systemd }: Facts): Step {
  const path = "/etc/apt/apt.conf.d/52gatehouse-updates";
  const timers = "apt-daily.timer apt-daily-upgrade.timer";
  return {
    name: "security updates: unattended-upgrades, every day",
    check:
      `${installed(["unattended-upgrades"])}${fileIs(path, AUTO_UPGRADES)} || exit 1\n` +
      (systemd ? `systemctl --quiet is-enabled ${timers} || exit 1\n` : ""),
    make: [
      `${APT}apt install unattended-upgrades`,
      file(path, AUTO_UPGRADES),
      ...(systemd ? [`systemctl --quiet enable --now ${timers}`] : []),
    ].join("\n"),
    made: "they are on",
  };
}

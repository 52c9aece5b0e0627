import type { Host } from "./host.ts";
import { enginePackages } from "./packages.ts";
import { type EngineState, isOlder, MINIMUMS, PARTS, type Part } from "./state.ts";

/** Why the stack cannot run on the Docker installation that was found. */
export interface Fault {
  readonly kind: "refused" | "missing" | "stopped" | "old";
  /** What is wrong. */
  readonly problem: string;
  /** One line: what is wrong and what to do. */
  readonly message: string;
  /** What `make engine` can do about it on this machine, with consent; undefined if nothing. */
  readonly repair: "install" | "start" | undefined;
  /** Whether the repair stops containers that may be running. */
  readonly disruptive: boolean;
}

/** The socket of an engine on this machine. */
const OWN_SOCKET = "/var/run/docker.sock";

/** The first fault of a Docker installation; undefined if the stack can run on it. */
export function engineFault(state: EngineState, host: Host): Fault | undefined {
  if (/permission denied/i.test(state.refusal)) return refused(host);
  const missing = PARTS.filter((part) => isMissing(part, state, host));
  if (missing.length > 0) return lacking(missing, host);
  if (state.engine === undefined) return stopped(state, host);
  const old = PARTS.find((part) => isOlder(state[part] ?? "", MINIMUMS[part].least));
  return old === undefined ? undefined : outdated(old, state[old] ?? "", host);
}

function isMissing(part: Part, state: EngineState, host: Host): boolean {
  if (part !== "engine") return state[part] === undefined;
  return !state.client || (isOwn(state, host) && state.daemon === undefined);
}

/** Whether the engine is on this machine, not in a virtual machine or elsewhere. */
function isOwn(state: EngineState, host: Host): boolean {
  return host.platform === "linux" && state.refusal.includes(OWN_SOCKET);
}

function refused(host: Host): Fault {
  return fault("refused", {
    problem: `the Docker daemon runs, but does not allow user ${host.user}`,
    fix: `add the user to its group (sudo usermod -aG docker ${host.user}), then log in again`,
  });
}

function lacking(parts: readonly Part[], host: Host): Fault {
  const names = new Intl.ListFormat("en-GB").format(parts.map((part) => MINIMUMS[part].name));
  const one = parts.length === 1;
  return fault("missing", {
    problem: `${names} ${one ? "is" : "are"} missing`,
    fix: installation(host, one ? "it" : "them"),
    repair: canInstall(host) ? "install" : undefined,
  });
}

function stopped(state: EngineState, host: Host): Fault {
  const startable = host.root && isOwn(state, host);
  return fault("stopped", {
    problem: `the Docker daemon does not respond (${state.refusal})`,
    fix: startingOf(state, host),
    repair: startable ? "start" : undefined,
  });
}

function startingOf(state: EngineState, host: Host): string {
  if (host.platform !== "linux")
    return "start Docker Desktop, or the program that runs the engine here";
  if (!isOwn(state, host)) return "start it, or correct DOCKER_HOST or the docker context";
  return host.systemd ? "start it (sudo systemctl start docker)" : "start it (sudo make engine)";
}

function outdated(part: Part, version: string, host: Host): Fault {
  const { name, least, why } = MINIMUMS[part];
  return fault("old", {
    problem: `${name} ${version} is too old, ${least} or newer is needed (${why})`,
    fix: installation(host, "it"),
    repair: canInstall(host) ? "install" : undefined,
    disruptive: part === "engine",
  });
}

function fault(
  kind: Fault["kind"],
  {
    problem,
    fix,
    repair,
    disruptive = false,
  }: Pick<Fault, "problem"> & {
    readonly fix: string;
    readonly repair?: Fault["repair"];
    readonly disruptive?: boolean;
  },
): Fault {
  return { kind, problem, message: `${problem}: ${fix}`, repair, disruptive };
}

function canInstall(host: Host): boolean {
  return host.root && enginePackages(host.distribution) !== undefined;
}

function installation(host: Host, it: "it" | "them"): string {
  if (enginePackages(host.distribution) !== undefined) {
    const command = host.root ? "INSTALL_ENGINE=1 make engine" : "sudo make engine";
    return `${command} installs ${it} from the packages of ${host.distribution?.name}`;
  }
  if (host.platform === "darwin") {
    return "install Docker Desktop or OrbStack in its current version, then start it";
  }
  const wanted = PARTS.map((part) => `${MINIMUMS[part].name} ${MINIMUMS[part].least}`).join(", ");
  return `install ${wanted} or newer as docs.docker.com/engine/install describes for this system`;
}

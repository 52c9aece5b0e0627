import type { Host } from "./host.ts";
import { enginePackages } from "./packages.ts";
import { type EngineState, isOlder, MINIMUMS, PARTS } from "./state.ts";

/** Why the stack cannot run on the Docker installation that was found. */
export interface Fault {
  readonly problem: string;
  /** What the operator can do. */
  readonly fix: string;
  /** What `make engine` can do about it on this machine, with consent; undefined if nothing. */
  readonly repair?: "install" | "start" | undefined;
  /** Whether the repair stops containers that may be running. */
  readonly disruptive?: boolean;
}

/** The socket of an engine on this machine. */
const OWN_SOCKET = "/var/run/docker.sock";

/** The first fault of a Docker installation; undefined if the stack can run on it. */
export function engineFault(state: EngineState, host: Host): Fault | undefined {
  if (/permission denied/i.test(state.refusal)) {
    return {
      problem: `the Docker daemon runs, but does not allow user ${host.user}`,
      fix: `add the user to its group (sudo usermod -aG docker ${host.user}), then log in again`,
    };
  }
  // The engine is on this machine, not in a virtual machine or elsewhere.
  const own = host.platform === "linux" && state.refusal.includes(OWN_SOCKET);
  const installable = host.root && enginePackages(host.distribution) !== undefined;
  const repair = installable ? "install" : undefined;
  const missing = PARTS.filter((part) =>
    part === "engine"
      ? !state.client || (own && state.daemon === undefined)
      : state[part] === undefined,
  );
  if (missing.length > 0) {
    const names = new Intl.ListFormat("en-GB").format(missing.map((part) => MINIMUMS[part].name));
    const [verb, them] = missing.length === 1 ? ["is", "it"] : ["are", "them"];
    return { problem: `${names} ${verb} missing`, fix: installation(host, them), repair };
  }
  if (state.engine === undefined) {
    return {
      problem: `the Docker daemon does not respond (${state.refusal})`,
      fix: starting(host, own),
      repair: host.root && own ? "start" : undefined,
    };
  }
  const old = PARTS.find((part) => isOlder(state[part] ?? "", MINIMUMS[part].least));
  if (old === undefined) return undefined;
  const { name, least, why } = MINIMUMS[old];
  return {
    problem: `${name} ${state[old]} is too old, ${least} or newer is needed (${why})`,
    fix: installation(host, "it"),
    repair,
    disruptive: old === "engine",
  };
}

function starting({ platform, systemd }: Host, own: boolean): string {
  if (platform !== "linux") return "start Docker Desktop, or the program that runs the engine here";
  if (!own) return "start it, or correct DOCKER_HOST or the docker context";
  return systemd ? "start it (sudo systemctl start docker)" : "start it (sudo make engine)";
}

function installation({ distribution, root, platform }: Host, it: string): string {
  if (enginePackages(distribution) !== undefined) {
    const command = root ? "INSTALL_ENGINE=1 make engine" : "sudo make engine";
    return `${command} installs ${it} from the packages of ${distribution?.name}`;
  }
  if (platform === "darwin") {
    return "install Docker Desktop or OrbStack in its current version, then start it";
  }
  const wanted = PARTS.map((part) => `${MINIMUMS[part].name} ${MINIMUMS[part].least}`).join(", ");
  return `install ${wanted} or newer as docs.docker.com/engine/install describes for this system`;
}

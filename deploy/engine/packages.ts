import type { Distribution } from "./host.ts";

/** The distribution's packages that make up an engine with Compose and buildx. */
export interface EnginePackages {
  readonly names: readonly string[];
  /** The suite that has to be added to apt's configuration first; undefined if none. */
  readonly suite: string | undefined;
}

/** The suite whose packages are new enough and install on Debian 12 as well. */
const NEXT_SUITE = "trixie";

const DEBIAN = ["docker.io", "docker-cli", "docker-compose", "docker-buildx"];
const UBUNTU = ["docker.io", "docker-compose-v2", "docker-buildx"];
const VENDOR = ["docker-ce", "docker-ce-cli", "docker-compose-plugin", "docker-buildx-plugin"];

/**
 * The packages for a distribution; undefined for one that this tool does not install on.
 * @param vendor whether packages of Docker's own archive are installed already: they exclude the
 *   distribution's, so the same archive has to complete them
 */
export function enginePackages(
  distribution: Distribution | undefined,
  vendor = false,
): EnginePackages | undefined {
  const { id, release } = distribution ?? { id: "", release: 0 };
  const debian = id === "debian" && release >= 12;
  const ubuntu = id === "ubuntu" && release >= 22.04;
  if (!debian && !ubuntu) return undefined;
  if (vendor) return { names: VENDOR, suite: undefined };
  if (ubuntu) return { names: UBUNTU, suite: undefined };
  // Debian 12's own are engine 20.10 and Compose 1.29.
  return { names: DEBIAN, suite: release < 13 ? NEXT_SUITE : undefined };
}

import { setTimeout as wait } from "node:timers/promises";
import { type CommandResult, run, VERBOSE } from "../../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../../problem.ts";
import { type AptSource, findArchive } from "./apt-sources.ts";
import type { Distribution } from "./host.ts";

const DEBIAN = ["docker.io", "docker-cli", "docker-compose", "docker-buildx"];
const UBUNTU = ["docker.io", "docker-compose-v2", "docker-buildx"];
const VENDOR = ["docker-ce", "docker-ce-cli", "docker-compose-plugin", "docker-buildx-plugin"];

/**
 * The packages of a distribution for an engine with Compose and buildx, and the suite that must be
 * added to apt's configuration first; undefined if the distribution is not supported.
 * @param vendor whether packages of Docker's own archive are installed. They conflict with those of the
 *   distribution, so the rest must come from the same archive
 */
export function enginePackages(
  distribution: Distribution | undefined,
  vendor = false,
): { readonly names: readonly string[]; readonly suite?: string } | undefined {
  const { id, release } = distribution ?? { id: "", release: 0 };
  const ubuntu = id === "ubuntu" && release >= 22.04;
  if (!ubuntu && !(id === "debian" && release >= 12)) return undefined;
  if (vendor) return { names: VENDOR };
  if (ubuntu) return { names: UBUNTU };
  // Debian 12's own are engine 20.10 and Compose 1.29; those of the next suite install there as well.
  return release < 13 ? { names: DEBIAN, suite: "trixie" } : { names: DEBIAN };
}

/**
 * The texts of apt's configuration that add a suite, from the same archives and with the same keys as the installed release.
 * Only the named packages come from it. Everything else, their dependencies included, stays at the
 * versions of the installed release: a later runc and tini need a newer libc.
 * @returns undefined if apt's configuration has no archive of this release
 */
export function suiteFiles(
  sources: readonly AptSource[],
  codename: string,
  suite: string,
  packages: readonly string[],
): { readonly sources: string; readonly preferences: string } | undefined {
  const archives = ["", "-security"].flatMap((part) => {
    const archive = findArchive(sources, codename + part);
    return archive === undefined ? [] : { ...archive, suite: suite + part };
  });
  if (archives[0]?.suite !== suite) return undefined;
  const stanzas = archives.map(
    ({ uri, suite, signedBy }) =>
      `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\n` +
      (signedBy === undefined ? "" : `Signed-By: ${signedBy}\n`),
  );
  return {
    sources: stanzas.join("\n"),
    preferences:
      `Package: *\nPin: release n=${suite}*\nPin-Priority: 100\n\n` +
      `Package: ${packages.join(" ")}\nPin: release n=${suite}*\nPin-Priority: 995\n`,
  };
}

/** Seconds that another apt may hold its locks before this one fails. */
const LOCK_TIMEOUT = 300;

/**
 * Installs packages of the distribution without questions. Removes nothing.
 * @param packages names as apt-get takes them: "docker.io" or "docker.io/trixie"
 * @throws Problem (exit code 69) with apt's own reason
 */
export async function installPackages(packages: readonly string[]): Promise<void> {
  // One archive that does not respond makes the update fail. The install shows whether it matters.
  await aptGet(["update"]);
  const { code, stderr } = await aptGet([
    ...["install", "--yes", "--no-install-recommends", "--no-remove"],
    ...["--option", "Dpkg::Options::=--force-confold", ...packages],
  ]);
  if (code === 0) return;
  const reason = /^E: (.*)$/m.exec(stderr)?.[1] ?? `exit code ${code}`;
  throw new Problem(
    `apt-get could not install ${packages.join(" ")}: ${reason}; ` +
      "check that this machine's package archives respond (apt-get update), then run it again",
    UNAVAILABLE_EXIT_CODE,
  );
}

async function aptGet(args: readonly string[]): Promise<CommandResult> {
  const deadline = performance.now() + LOCK_TIMEOUT * 1_000;
  for (;;) {
    const result = await run(
      "apt-get",
      ["--option", `DPkg::Lock::Timeout=${LOCK_TIMEOUT}`, ...args],
      {
        env: { DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1", LC_ALL: "C" },
        stream: VERBOSE,
      },
    );
    // apt waits for the lock of dpkg, but not for the lock of its lists and downloads.
    const locked = result.code !== 0 && /Could not get lock|Unable to lock/.test(result.stderr);
    if (!locked || performance.now() > deadline) return result;
    await wait(1_000);
  }
}

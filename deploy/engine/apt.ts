import { setTimeout as wait } from "node:timers/promises";
import { type CommandResult, run } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";

/** How long another apt may hold its locks before this one gives up, in seconds. */
const LOCK_TIMEOUT = 300;
const LOCK_INTERVAL_MS = 1_000;

/**
 * Installs packages of the distribution, answering no questions and removing nothing.
 * @param packages names as apt-get takes them: "docker.io" or "docker.io/trixie"
 * @throws Problem (exit code 69) with apt's own reason
 */
export async function installPackages(packages: readonly string[]): Promise<void> {
  // An archive that does not answer makes the update fail; whether that matters shows the install.
  await aptGet(["update"]);
  const { code, stderr } = await aptGet([
    ...["install", "--yes", "--no-install-recommends", "--no-remove"],
    ...["--option", "Dpkg::Options::=--force-confold", ...packages],
  ]);
  if (code === 0) return;
  const reason = /^E: (.*)$/m.exec(stderr)?.[1] ?? `exit code ${code}`;
  throw new Problem(
    `apt-get could not install ${packages.join(" ")}: ${reason}; ` +
      "check that this host's package archives answer (apt-get update), then run it again",
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
        stream: process.env.VERBOSE === "1",
      },
    );
    // apt waits by itself for dpkg's lock, but not for the one of its lists and downloads.
    const locked = result.code !== 0 && /Could not get lock|Unable to lock/.test(result.stderr);
    if (!locked || performance.now() > deadline) return result;
    await wait(LOCK_INTERVAL_MS);
  }
}

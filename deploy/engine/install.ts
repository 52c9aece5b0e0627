import { run } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { seconds } from "../stages.ts";
import { installPackages } from "./apt.ts";
import { readAptSources } from "./apt-sources.ts";
import { addSuite, suiteFiles } from "./apt-suite.ts";
import { DAEMON_LOG, startDaemon } from "./daemon.ts";
import type { Host } from "./host.ts";
import { enginePackages } from "./packages.ts";
import { inspectEngine } from "./state.ts";

/**
 * Installs engine, Compose and buildx from the packages of Debian or Ubuntu and starts the daemon.
 * Needs root.
 * @throws Problem (exit code 69) if this is another system, or with apt's or the daemon's reason
 */
export async function installEngine(host: Host, say: (line: string) => void): Promise<void> {
  const { distribution } = host;
  const packages = enginePackages(distribution, await hasVendorPackages());
  if (packages === undefined || distribution === undefined) {
    throw new Problem(
      "the engine can be installed on Debian 12, Ubuntu 22.04 and newer only: install it by hand",
      UNAVAILABLE_EXIT_CODE,
    );
  }
  const start = performance.now();
  const { names, suite } = packages;
  say(`installing ${names.join(" ")} from the packages of ${suite ?? distribution.name}`);
  if (suite !== undefined) {
    const files = suiteFiles(readAptSources(), distribution.codename, suite, names);
    if (files === undefined) {
      throw new Problem(
        `apt has no archive of ${distribution.codename} to take ${suite} from: ` +
          "add one under /etc/apt/sources.list.d, then run make engine again",
        UNAVAILABLE_EXIT_CODE,
      );
    }
    addSuite(files);
  }
  await installPackages(names);
  say(`installed (${seconds(performance.now() - start)})`);
  const state = await inspectEngine();
  if (state.engine === undefined && state.daemon !== undefined) {
    await startEngine(state.daemon, host, say);
  }
}

/** Starts the daemon and waits until it answers. Needs root; throws as `startDaemon` does. */
export async function startEngine(
  program: string,
  host: Host,
  say: (line: string) => void,
): Promise<void> {
  const start = performance.now();
  say(`starting the daemon${host.systemd ? "" : `; its output goes to ${DAEMON_LOG}`}`);
  await startDaemon(program, host.systemd);
  say(`the daemon answers (${seconds(performance.now() - start)})`);
}

async function hasVendorPackages(): Promise<boolean> {
  const { stdout } = await run("dpkg-query", ["--list", "docker-ce", "docker-ce-cli"]);
  return /^ii\s/m.test(stdout);
}

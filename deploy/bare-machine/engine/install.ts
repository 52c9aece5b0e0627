import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { lastLine, run } from "../../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../../problem.ts";
import { seconds } from "../../stages.ts";
import { readAptSources } from "./apt-sources.ts";
import type { Host } from "./host.ts";
import { enginePackages, installPackages, suiteFiles } from "./packages.ts";
import { inspectEngine } from "./state.ts";

/** The log file of a daemon that was started without an init system. */
const DAEMON_LOG = "/var/log/dockerd.log";

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

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
      "make engine works on Debian 12, Ubuntu 22.04 and newer: install the engine by hand",
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
    writeFileSync("/etc/apt/sources.list.d/gatehouse-engine.sources", files.sources);
    writeFileSync("/etc/apt/preferences.d/gatehouse-engine", files.preferences);
  }
  await installPackages(names);
  say(`installed (${seconds(performance.now() - start)})`);
  const state = await inspectEngine();
  if (state.engine === undefined && state.daemon !== undefined) {
    await startEngine(state.daemon, host, say);
  }
}

/**
 * Starts the daemon and waits until it responds: by systemd if that runs the machine, else as a
 * detached process that goes on after this one. Needs root.
 * @param program the path of dockerd
 * @throws Problem (exit code 69) with the last line of the daemon's log
 */
export async function startEngine(
  program: string,
  { systemd }: Host,
  say: (line: string) => void,
): Promise<void> {
  const start = performance.now();
  const log = systemd ? "journalctl -u docker" : DAEMON_LOG;
  const failure = (reason: string) =>
    new Problem(
      `the Docker daemon did not start (${reason}): see ${log}, fix it and run make engine again`,
      UNAVAILABLE_EXIT_CODE,
    );
  say(`starting the daemon${systemd ? "" : `; its output goes to ${DAEMON_LOG}`}`);
  const daemon = systemd ? undefined : launch(program);
  if (systemd) {
    const { code, stderr } = await run("systemctl", ["enable", "--now", "docker"]);
    if (code !== 0) throw failure(lastLine(stderr));
  }
  for (;;) {
    // Read before the request: if another daemon has started at the same moment, this one ends.
    const ended = (daemon?.exitCode ?? daemon?.signalCode ?? undefined) !== undefined;
    if ((await run("docker", ["version"], { timeout: 5_000 })).code === 0) break;
    if (ended) throw failure(lastLine(readFileSync(DAEMON_LOG, "utf8")));
    if (performance.now() - start > START_TIMEOUT_MS) {
      throw failure(`no response after ${START_TIMEOUT_MS / 1_000} s`);
    }
    await wait(POLL_MS);
  }
  say(`the daemon responds (${seconds(performance.now() - start)})`);
}

function launch(program: string): ChildProcess {
  const log = openSync(DAEMON_LOG, "a");
  const child = spawn(program, [], {
    detached: true,
    stdio: ["ignore", log, log],
    // dockerd calls iptables, which is not in every PATH.
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` },
  });
  closeSync(log);
  // A program that cannot be started has an exit code too.
  child.once("error", () => {});
  child.unref();
  return child;
}

async function hasVendorPackages(): Promise<boolean> {
  const { stdout } = await run("dpkg-query", ["--list", "docker-ce", "docker-ce-cli"]);
  return /^ii\s/m.test(stdout);
}

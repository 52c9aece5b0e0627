import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { run } from "../../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../../problem.ts";
import { seconds } from "../../stages.ts";
import { readAptSources } from "./apt-sources.ts";
import type { Host } from "./host.ts";
import { addSuite, enginePackages, installPackages, suiteFiles } from "./packages.ts";
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
    addSuite(files);
  }
  await installPackages(names);
  say(`installed (${seconds(performance.now() - start)})`);
  const state = await inspectEngine();
  if (state.engine === undefined && state.daemon !== undefined) {
    await startEngine(state.daemon, host, say);
  }
}

/** Starts the daemon and waits until it responds. Needs root; throws as `startDaemon` does. */
export async function startEngine(
  program: string,
  host: Host,
  say: (line: string) => void,
): Promise<void> {
  const start = performance.now();
  say(`starting the daemon${host.systemd ? "" : `; its output goes to ${DAEMON_LOG}`}`);
  await startDaemon(program, host.systemd);
  say(`the daemon responds (${seconds(performance.now() - start)})`);
}

async function hasVendorPackages(): Promise<boolean> {
  const { stdout } = await run("dpkg-query", ["--list", "docker-ce", "docker-ce-cli"]);
  return /^ii\s/m.test(stdout);
}

/**
 * Starts the daemon and waits until it responds: by systemd if that runs the machine, else as a
 * detached process that goes on after this one.
 * @param program the path of dockerd
 * @throws Problem (exit code 69) with the last line of the daemon's log
 */
async function startDaemon(program: string, systemd: boolean): Promise<void> {
  let ended: () => boolean = () => false;
  if (systemd) {
    const { code, stderr } = await run("systemctl", ["enable", "--now", "docker"]);
    if (code !== 0) throw failure(lastLine(stderr), "see journalctl -u docker");
  } else {
    ended = launch(program);
  }
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (await responds()) return;
    if (ended()) {
      // Another daemon may have started at the same moment: then this one ends.
      if (await responds()) return;
      throw failure(lastLine(readFileSync(DAEMON_LOG, "utf8")), `see ${DAEMON_LOG}`);
    }
    await wait(POLL_MS);
  }
  const log = systemd ? "journalctl -u docker" : DAEMON_LOG;
  throw failure(`no response after ${START_TIMEOUT_MS / 1_000} s`, `see ${log}`);
}

/** Starts the program detached. @returns a function that says whether it has ended */
function launch(program: string): () => boolean {
  const log = openSync(DAEMON_LOG, "a");
  const child = spawn(program, [], {
    detached: true,
    stdio: ["ignore", log, log],
    // dockerd calls iptables, which is not in every PATH.
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` },
  });
  closeSync(log);
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  child.once("error", () => {
    ended = true;
  });
  child.unref();
  return () => ended;
}

async function responds(): Promise<boolean> {
  return (await run("docker", ["version"], { timeout: 5_000 })).code === 0;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

function failure(reason: string, where: string): Problem {
  return new Problem(
    `the Docker daemon did not start (${reason}): ${where}, fix it and run make engine again`,
    UNAVAILABLE_EXIT_CODE,
  );
}

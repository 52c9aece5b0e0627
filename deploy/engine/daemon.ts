import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { run } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";

/** Where the output of a daemon goes that was started without an init system. */
export const DAEMON_LOG = "/var/log/dockerd.log";

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

/**
 * Starts the daemon and waits until it answers: by systemd where that runs the machine, else as a
 * process of its own that outlives this one.
 * @param program the path of dockerd
 * @throws Problem (exit code 69) with the daemon's last words
 */
export async function startDaemon(program: string, systemd: boolean): Promise<void> {
  let ended: () => boolean = () => false;
  if (systemd) {
    const { code, stderr } = await run("systemctl", ["enable", "--now", "docker"]);
    if (code !== 0) throw failure(lastLine(stderr), "see journalctl -u docker");
  } else {
    ended = launch(program);
  }
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (await answers()) return;
    if (ended()) {
      // Somebody else may have started one at the same moment: then ours ends and theirs answers.
      if (await answers()) return;
      throw failure(lastLine(readFileSync(DAEMON_LOG, "utf8")), `see ${DAEMON_LOG}`);
    }
    await wait(POLL_MS);
  }
  const log = systemd ? "journalctl -u docker" : DAEMON_LOG;
  throw failure(`no answer after ${START_TIMEOUT_MS / 1_000} s`, `see ${log}`);
}

/** Starts the program detached; the answer tells whether it has ended. */
function launch(program: string): () => boolean {
  const log = openSync(DAEMON_LOG, "a");
  const child = spawn(program, [], {
    detached: true,
    stdio: ["ignore", log, log],
    // It calls iptables, which a short PATH does not reach.
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

async function answers(): Promise<boolean> {
  return (await run("docker", ["version"], { timeout: 5_000 })).code === 0;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

function failure(reason: string, where: string): Problem {
  return new Problem(
    `the Docker daemon did not start (${reason}): ${where}, correct it and run make engine again`,
    UNAVAILABLE_EXIT_CODE,
  );
}

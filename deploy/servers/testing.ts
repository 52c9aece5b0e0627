import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stretched } from "@gatehouse/telemetry/testing";
import { type CommandOptions, run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import { followScript, newCommandId, type RemoteCommand, startScript } from "./remote-command.ts";

const DEADLINE = stretched(20_000);

/** A folder as on a server, whose programs are this text. */
export async function server(t: TestContext, program: string): Promise<RemoteCommand> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  await symlink(process.execPath, join(folder, "node_modules/.bin/node"));
  await writeFile(join(folder, "program.ts"), program);
  return newCommand(folder);
}

export const newCommand = (folder: string): RemoteCommand => ({
  ...{ folder, id: newCommandId(), title: "make test", words: ["program.ts"] },
  variables: { GREETING: "it's $HOME" },
});

export const sh = (script: string, env: CommandOptions["env"] = {}) =>
  run("sh", [], { input: script, timeout: DEADLINE, env });

export async function until(check: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE);
  while (!check()) {
    signal.throwIfAborted();
    await pause(20);
  }
}

/** Has a program hold the lock that does not say who it is. @returns what ends it */
export async function lockedBySomethingElse(t: TestContext, { folder }: RemoteCommand) {
  const lock = join(folder, ".releases/lock");
  const other = spawn("flock", [lock, "cat"], { stdio: ["pipe", "ignore", "inherit"] });
  t.after(() => other.kill());
  await until(() => spawnSync("flock", ["--nonblock", lock, "true"]).status === 1);
  return async (): Promise<void> => {
    other.stdin.end();
    await once(other, "close");
  };
}

/** Runs a command to its end. */
export async function runToEnd(command: RemoteCommand, env: CommandOptions["env"] = {}) {
  await sh(startScript(command), env);
  return await sh(followScript(command, 0));
}

/**
 * A program that plays ssh: as a master it stays, and otherwise it runs this script, where `$last` is the command and
 * `$socket` the file with the master's process id.
 */
export const playedSsh = (script: string): string => `#!/bin/sh
for word; do
  case $word in
    ControlMaster=yes) master=yes ;;
    ControlPath=*) socket=\${word#ControlPath=} ;;
  esac
  last=$word
done
if [ "$master" = yes ]; then echo $$ > "$socket"; exec cat; fi
${script}`;

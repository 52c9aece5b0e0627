import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clone } from "../../clone.ts";
import type { Server } from "../environment.ts";
import { claimLock } from "../lock.ts";
import { quoted } from "../shell.ts";
import { file, fileIs } from "./files.ts";
import type { Step } from "./step.ts";

const UNITS = "/etc/systemd/system";

/** Seconds that the backup waits for a command of the operator to end, before systemd tries again later. */
const WAIT = 3600;

/**
 * The script of the nightly backup. It claims the lock of the operator's commands, so that no tree is checked out
 * under it, and has the exit code of the backup: systemd decides by that whether to try again.
 */
export function nightlyBackup({ folder }: Pick<Server, "folder">): string {
  return [
    "# Written by make server.",
    `cd ${quoted(folder)} || exit`,
    ...claimLock("the nightly backup", WAIT),
    "node_modules/.bin/node deploy/backup.ts 9>&-\n",
  ].join("\n");
}

/** As the user who deploys. Node and its packages come with each deploy: nothing is to be installed before it. */
const dropIn = ({ user, folder }: Server, script: string): string => `# Written by make server.
[Unit]
ConditionPathExists=${folder}/Makefile

[Service]
User=${user}
ExecStartPre=
ExecStart=
ExecStart=/bin/sh ${script}
`;

/** A backup every night, as docs/backups.md has it. */
export async function backupTimerStep({ root }: Clone, server: Server): Promise<Step> {
  const site = server.folder.slice(1).replaceAll("/", ".");
  const instance = server.folder.slice(1).replaceAll("-", "\\x2d").replaceAll("/", "-");
  const script = `/etc/gatehouse/backup-${site}.sh`;
  const files: [string, string][] = [
    [script, nightlyBackup(server)],
    [`${UNITS}/gatehouse-backup@${instance}.service.d/server.conf`, dropIn(server, script)],
  ];
  for (const name of ["gatehouse-backup@.service", "gatehouse-backup@.timer"]) {
    files.push([`${UNITS}/${name}`, await readFile(join(root, "deploy/backups", name), "utf8")]);
  }
  const timer = `'gatehouse-backup@${instance}.timer'`;
  return {
    name: "backup: every night",
    check: [
      ...files.map(([path, text]) => `${fileIs(path, text)} || exit 1`),
      `systemctl --quiet is-enabled ${timer} || exit 1`,
    ].join("\n"),
    make: [
      ...files.map(([path, text]) => file(path, text)),
      "systemctl daemon-reload",
      `systemctl --quiet enable --now ${timer}`,
    ].join("\n"),
    made: "at 3:00 of the server's clock; set BACKUP_HOOK, so that it reaches another machine",
  };
}

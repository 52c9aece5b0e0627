import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROGRAM } from "../commands.ts";
import type { Environment } from "../environment.ts";
import { claimLock } from "../lock.ts";
import { NODE } from "../remote-command.ts";
import { quoted } from "../shell.ts";
import { file, fileIs } from "./files.ts";
import type { Step } from "./step.ts";

type Site = Pick<Environment, "server" | "folder">;

const BACKUPS = join(import.meta.dirname, "../../backups");
const UNITS = "/etc/systemd/system";

/** Seconds that the backup waits for a command of the operator to end, before systemd tries again later. */
const WAIT = 3600;

/**
 * The script of the nightly backup. It claims the lock of the operator's commands, so that no tree is checked out
 * under it, and has the exit code of the backup: systemd decides by that whether to try again.
 */
export function nightlyBackup({ folder }: Pick<Environment, "folder">): string {
  return [
    "# Written by make server.",
    `cd ${quoted(folder)} || exit`,
    ...claimLock("the nightly backup", WAIT),
    `${NODE} ${PROGRAM} backup 9>&-\n`,
  ].join("\n");
}

/** As the user who deploys. Node and its packages come with each deploy: nothing is to be installed before it. */
const dropIn = (
  { server: { user }, folder }: Site,
  script: string,
): string => `# Written by make server.
[Unit]
ConditionPathExists=${folder}/Makefile

[Service]
User=${user}
ExecStartPre=
ExecStart=
ExecStart=/bin/sh ${script}
`;

/** A backup every night, as docs/backups.md has it. */
export async function backupTimerStep(site: Site): Promise<Step> {
  const name = site.folder.slice(1).replaceAll("/", ".");
  const instance = site.folder.slice(1).replaceAll("-", "\\x2d").replaceAll("/", "-");
  const script = `/etc/gatehouse/backup-${name}.sh`;
  const files: [string, string][] = [
    [script, nightlyBackup(site)],
    [`${UNITS}/gatehouse-backup@${instance}.service.d/server.conf`, dropIn(site, script)],
  ];
  for (const unit of ["gatehouse-backup@.service", "gatehouse-backup@.timer"]) {
    files.push([`${UNITS}/${unit}`, await readFile(join(BACKUPS, unit), "utf8")]);
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

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clone } from "../../clone.ts";
import type { Server } from "../environment.ts";
import { file, fileIs } from "./files.ts";
import type { Step } from "./step.ts";

const UNITS = "/etc/systemd/system";

/** As the user who deploys, and never beside a deploy: both take the same lock. */
const dropIn = ({ user, folder }: Server): string => `# Written by make server.
[Unit]
ConditionPathExists=${folder}/Makefile

[Service]
User=${user}
ExecStart=
ExecStart=/usr/bin/flock --wait 3600 ${folder}/.releases/lock /usr/bin/make backup
`;

/** A backup every night, as docs/backups.md has it. */
export async function backupTimerStep({ root }: Clone, server: Server): Promise<Step> {
  const instance = server.folder.slice(1).replaceAll("-", "\\x2d").replaceAll("/", "-");
  const files: [string, string][] = [
    [`${UNITS}/gatehouse-backup@${instance}.service.d/server.conf`, dropIn(server)],
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

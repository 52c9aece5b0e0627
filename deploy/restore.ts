import { restoreBackup } from "./backups/restore-command.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  const { BACKUP = "", FORCE } = process.env;
  process.stdout.write(await restoreBackup(BACKUP, FORCE === "1"));
});

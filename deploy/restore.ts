import { restoreBackup } from "./backups/restore-command.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  const { BACKUP = "", FORCE } = process.env;
  print(await restoreBackup(BACKUP, FORCE === "1"));
});

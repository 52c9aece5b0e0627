import { removeBackup } from "./backups/list-command.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  process.stdout.write(await removeBackup(process.env.BACKUP ?? ""));
});

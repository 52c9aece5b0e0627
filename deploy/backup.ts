import { backUp } from "./backups/backup-command.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  process.stdout.write(await backUp());
});

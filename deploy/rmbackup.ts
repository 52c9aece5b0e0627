import { removeBackup } from "./backups/list-command.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  print(await removeBackup(process.env.BACKUP ?? ""));
});

import { backUp } from "./backups/backup-command.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  print(await backUp());
});

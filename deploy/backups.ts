import { showBackups } from "./backups/list-command.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  await showBackups(process.env.NEWER_THAN ?? "", print);
});

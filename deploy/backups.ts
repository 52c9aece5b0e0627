import { showBackups } from "./backups/list-command.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  await showBackups(process.env.NEWER_THAN ?? "", (text) => process.stdout.write(text));
});

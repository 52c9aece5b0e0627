import { runCommand } from "./problem.ts";
import { updateProject } from "./project/update-command.ts";

await runCommand(async () => {
  const { report, conflicts } = await updateProject(process.env.FROM ?? "");
  process.stdout.write(report);
  if (conflicts > 0) process.exitCode = 1;
});

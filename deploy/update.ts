import { print } from "./print.ts";
import { runCommand } from "./problem.ts";
import { updateProject } from "./project/update-command.ts";

await runCommand(async () => {
  const { report, conflicts } = await updateProject(process.env.FROM ?? "");
  print(report);
  if (conflicts > 0) process.exitCode = 1;
});

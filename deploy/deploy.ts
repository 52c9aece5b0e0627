import { runCommand } from "./problem.ts";
import { deployTree } from "./releases/deploy-command.ts";
import { deployed } from "./releases/report.ts";

await runCommand(async () => {
  process.stdout.write(deployed(await deployTree("deploy")));
});

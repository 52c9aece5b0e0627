import { print } from "./print.ts";
import { runCommand } from "./problem.ts";
import { deployTree } from "./releases/deploy-command.ts";
import { deployed } from "./releases/report.ts";

await runCommand(async () => {
  print(deployed(await deployTree("deploy")));
});

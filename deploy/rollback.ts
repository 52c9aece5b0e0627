import { openClone } from "./clone.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";
import { runRelease } from "./releases/release-command.ts";
import { deployed } from "./releases/report.ts";
import { chooseEarlier, wantedRelease } from "./releases/rollback.ts";
import { openStack } from "./stack/open.ts";
import { Stages } from "./stages.ts";

await runCommand(async () => {
  const stack = await openStack(openClone());
  const stages = new Stages();
  const choose = chooseEarlier(stack, wantedRelease(process.env));
  const done = await runRelease({ command: "rollback", stack, stages, choose });
  print(deployed({ ...done, stages }));
});

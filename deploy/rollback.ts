import { openClone } from "./clone.ts";
import { readEnvironment, valuesOf } from "./env/environment.ts";
import { runCommand } from "./problem.ts";
import { runRelease } from "./releases/release-command.ts";
import { deployed } from "./releases/report.ts";
import { chooseEarlier, wantedRelease } from "./releases/rollback.ts";
import { Stages } from "./stages.ts";

await runCommand(async () => {
  const clone = openClone();
  const stack = { clone, settings: valuesOf(await readEnvironment(clone)) };
  const stages = new Stages();
  const choose = chooseEarlier(stack, wantedRelease(process.env));
  const done = await runRelease({ command: "rollback", stack, stages, choose });
  process.stdout.write(deployed({ ...done, stages }));
});

import { runCanary } from "./canary/canary-command.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  const { PERCENT: percent = "", FOR: duration = "", PROMOTE, REVERT } = process.env;
  const options = { percent, duration, promote: PROMOTE === "1", revert: REVERT === "1" };
  await runCanary(options, print);
});

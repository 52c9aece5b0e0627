import { runCommand } from "../../problem.ts";
import { ensureEngine } from "./ensure.ts";
import { versionsOf } from "./state.ts";

await runCommand(async () => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(versionsOf(await ensureEngine(say)));
});

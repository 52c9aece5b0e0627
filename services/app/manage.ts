import { refuseStart, SettingError } from "@gatehouse/settings";
import { CommandError, USAGE_EXIT_CODE } from "./management/command.ts";
import { listOfCommands, runCommand } from "./management/commands.ts";

const [name, ...args] = process.argv.slice(2);
if (name === undefined || name === "help" || name === "--help") {
  process.stdout.write(listOfCommands());
} else {
  try {
    process.stdout.write(`${name}: ${await runCommand(name, args)}\n`);
  } catch (error) {
    if (error instanceof SettingError) refuseStart(error);
    const code = error instanceof CommandError ? error.exitCode : 1;
    const who = code === USAGE_EXIT_CODE ? "manage" : name;
    process.stderr.write(`${who}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = code;
  }
}

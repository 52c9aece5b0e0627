import { refuseStart, SettingError } from "@gatehouse/settings";
import { CommandError, USAGE_EXIT_CODE } from "./management/command.ts";
import { manage } from "./management/commands.ts";

const [name, ...args] = process.argv.slice(2);
try {
  process.stdout.write(await manage(name, args));
} catch (error) {
  if (error instanceof SettingError) refuseStart(error);
  const code = error instanceof CommandError ? error.exitCode : 1;
  const source = code === USAGE_EXIT_CODE ? "manage" : name;
  process.stderr.write(`${source}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = code;
}

import { nearest } from "@gatehouse/settings";
import { checkCommand } from "./check.ts";
import { collectstaticCommand } from "./collectstatic.ts";
import { type Command, CommandError, readCall, USAGE_EXIT_CODE } from "./command.ts";
import { createsuperuserCommand } from "./createsuperuser.ts";
import { makemigrationsCommand } from "./makemigrations.ts";
import { migrateCommand } from "./migrate.ts";
import { runserverCommand } from "./runserver.ts";
import { seedCommand } from "./seed.ts";

/** Every command, in the sequence in which a project needs them. */
const commands: Readonly<Record<string, Command>> = {
  runserver: runserverCommand,
  makemigrations: makemigrationsCommand,
  migrate: migrateCommand,
  collectstatic: collectstaticCommand,
  createsuperuser: createsuperuserCommand,
  seed: seedCommand,
  check: checkCommand,
};

/**
 * Runs a command line.
 * @returns the text for the operator
 * @throws CommandError (64) for wrong usage; SettingError; the errors of the command
 */
export async function manage(name: string | undefined, args: readonly string[]): Promise<string> {
  if (name === undefined || name === "help" || name === "--help") return listOfCommands();
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const close = nearest(name, Object.keys(commands));
    const hint = close === undefined ? "manage alone lists them" : `did you mean ${close}?`;
    throw new CommandError(`no command "${name}": ${hint}`, USAGE_EXIT_CODE);
  }
  const call = readCall(name, command.options, args, process.env);
  return `${name}: ${await command.run(call)}\n`;
}

function listOfCommands(): string {
  const lines = Object.entries(commands).map(
    ([name, { usage, summary }]) => `  ${`${name} ${usage}`.trimEnd().padEnd(46)} ${summary}`,
  );
  return [
    "manage COMMAND [options]: administers the application",
    "",
    ...lines,
    "",
    "Every setting of the application is also a flag: manage migrate --migrate-timeout 5000.",
    "",
  ].join("\n");
}

import { nearest } from "@gatehouse/settings";
import { checkCommand } from "./check.ts";
import { collectstaticCommand } from "./collectstatic.ts";
import { type Command, CommandError, USAGE_EXIT_CODE } from "./command.ts";
import { readCall } from "./command-line.ts";
import { createsuperuserCommand } from "./createsuperuser.ts";
import { makemigrationsCommand } from "./makemigrations.ts";
import { migrateCommand } from "./migrate.ts";
import { runserverCommand } from "./runserver.ts";
import { seedCommand } from "./seed.ts";

/** Every command by its word, in the order in which a project needs them. */
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
 * Carries out a command by the words of a command line.
 * @returns one line for the operator
 * @throws CommandError (64) for what cannot be meant; SettingError; what the command throws
 */
export async function runCommand(name: string, args: readonly string[]): Promise<string> {
  const command = commandCalled(name);
  const call = readCall(command.options, args, process.env);
  const surplus = call.operands[command.operands ?? 0];
  if (surplus === undefined) return await command.run(call);
  throw new CommandError(`${name} takes no word like "${surplus}" here`, USAGE_EXIT_CODE);
}

function commandCalled(name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command;
  const close = nearest(name, Object.keys(commands));
  const hint = close === undefined ? "manage alone lists them" : `did you mean ${close}?`;
  throw new CommandError(`no command "${name}": ${hint}`, USAGE_EXIT_CODE);
}

/** All commands, a line each. */
export function listOfCommands(): string {
  const lines = Object.entries(commands).map(
    ([name, { usage, summary }]) => `  ${`${name} ${usage}`.trimEnd().padEnd(46)} ${summary}`,
  );
  return [
    "manage COMMAND [options]: the chores of the application",
    "",
    ...lines,
    "",
    "Every setting of the application can be given too: manage migrate --migrate-timeout 5000.",
    "",
  ].join("\n");
}

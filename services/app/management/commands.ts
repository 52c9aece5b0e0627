import { nearest } from "@gatehouse/settings";
import { type Command, CommandError, readCall, USAGE_EXIT_CODE } from "./command.ts";

/** Every command, in the sequence in which a project needs them. Only the called one is loaded. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  runserver: async () => (await import("./runserver.ts")).runserverCommand,
  makemigrations: async () => (await import("./makemigrations.ts")).makemigrationsCommand,
  migrate: async () => (await import("./migrate.ts")).migrateCommand,
  collectstatic: async () => (await import("./collectstatic.ts")).collectstaticCommand,
  createsuperuser: async () => (await import("./createsuperuser.ts")).createsuperuserCommand,
  clearsessions: async () => (await import("./clearsessions.ts")).clearsessionsCommand,
  clearpictures: async () => (await import("./clearpictures.ts")).clearpicturesCommand,
  seed: async () => (await import("./seed.ts")).seedCommand,
  check: async () => (await import("./check.ts")).checkCommand,
};

/** @returns the text for the operator @throws CommandError (64) for wrong usage; SettingError */
export async function manage(name: string | undefined, args: readonly string[]): Promise<string> {
  if (name === undefined || name === "help" || name === "--help") return listOfCommands();
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    const close = nearest(name, Object.keys(commands));
    const hint = close === undefined ? "manage alone lists them" : `did you mean ${close}?`;
    throw new CommandError(`no command "${name}": ${hint}`, USAGE_EXIT_CODE);
  }
  const command = await load();
  const call = readCall(name, command.options ?? {}, args, process.env);
  return `${name}: ${await command.run(call)}\n`;
}

async function listOfCommands(): Promise<string> {
  const lines: string[] = [];
  for (const [name, load] of Object.entries(commands)) {
    const { usage = "", summary } = await load();
    lines.push(`  ${`${name} ${usage}`.trimEnd().padEnd(46)} ${summary}`);
  }
  return [
    "manage COMMAND [options]: administers the application",
    "",
    ...lines,
    "",
    "Every setting of the application is also a flag: manage migrate --migrate-timeout 5000.",
    "",
  ].join("\n");
}

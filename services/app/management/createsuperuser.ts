import { readFile } from "node:fs/promises";
import { parseSignUp } from "../forms/account.ts";
import { hashPassword } from "../models/password.ts";
import { addUser } from "../models/user.ts";
import { CommandError, defineCommand, USAGE_EXIT_CODE } from "./command.ts";
import { ask, askSecretly } from "./prompt.ts";
import { withDatabase } from "./with-database.ts";

export const createsuperuserCommand = defineCommand({
  summary: "makes an account that may moderate; asks, or takes the options in a script",
  usage: "[--username NAME --password-file FILE]",
  options: { username: { type: "string" }, "password-file": { type: "string" } },
  run: async ({ values, options }) => {
    const { username, "password-file": file } = options;
    const name = username ?? (await ask("Name: "));
    const password = file === undefined ? await typedTwice() : await passwordOf(file);
    const form = parseSignUp(new URLSearchParams({ name, password }));
    const complaint = Object.values(form.errors)[0];
    if (complaint !== undefined) throw new CommandError(complaint);
    const passwordHash = await hashPassword(password);
    const account = { name: form.values.name, passwordHash, moderator: true };
    const added = await withDatabase(values, (database) => addUser(database, account));
    if (added === undefined) throw new CommandError(`the name ${account.name} is taken`);
    return `${added.name} may sign in and moderate now`;
  },
});

async function typedTwice(): Promise<string> {
  const password = await askSecretly("Password: ");
  if ((await askSecretly("Password again: ")) !== password) {
    throw new CommandError("these were two different passwords: nothing was made");
  }
  return password;
}

async function passwordOf(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`--password-file cannot be read: ${reason}`, USAGE_EXIT_CODE);
  }
}

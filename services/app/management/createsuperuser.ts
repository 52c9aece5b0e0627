import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { withDatabase } from "../database/connect.ts";
import { parseSignUp } from "../forms/account.ts";
import { hashPassword } from "../models/password.ts";
import { addUser } from "../models/user.ts";
import { CommandError, defineCommand, USAGE_EXIT_CODE } from "./command.ts";

export const createsuperuserCommand = defineCommand({
  summary: "creates a moderator account; prompts, or uses the options in a script",
  usage: "[--username NAME --password-file FILE]",
  options: { username: { type: "string" }, "password-file": { type: "string" } },
  run: async ({ values, options }) => {
    const { username, "password-file": file } = options;
    const name = username ?? (await prompt("Name: ", process.stderr));
    const password = file === undefined ? await typedTwice() : await passwordOf(file);
    const form = parseSignUp(new URLSearchParams({ name, password }));
    const [message] = Object.values(form.errors);
    if (message !== undefined) throw new CommandError(message);
    const passwordHash = await hashPassword(password);
    const account = { name: form.values.name, passwordHash, moderator: true };
    const added = await withDatabase(values, (database) => addUser(database, account));
    if (added === undefined) throw new CommandError(`the name ${account.name} is already taken`);
    return `${added.name} can sign in and moderate`;
  },
});

async function typedTwice(): Promise<string> {
  const password = await promptHidden("Password: ");
  if ((await promptHidden("Password again: ")) !== password) {
    throw new CommandError("the passwords differ: no account was created");
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

/** Without showing what is typed. */
async function promptHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = await prompt("", nowhere);
  process.stderr.write("\n");
  return line;
}

/** @throws CommandError (64) without a terminal, (130) after Ctrl-C or Ctrl-D */
async function prompt(question: string, output: NodeJS.WritableStream): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError(
      "no terminal to prompt on: use --username and --password-file",
      USAGE_EXIT_CODE,
    );
  }
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(new CommandError("aborted: no account was created", 130));
    terminal.once("SIGINT", abort).once("close", abort);
  });
  try {
    return await Promise.race([terminal.question(question), aborted]);
  } finally {
    aborted.catch(() => undefined);
    terminal.close();
  }
}

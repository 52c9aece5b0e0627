import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CommandError, USAGE_EXIT_CODE } from "./command.ts";

/** Asks on the terminal. @throws CommandError (64) where there is none */
export function ask(question: string): Promise<string> {
  return answerTo(question, process.stderr);
}

/** The same without showing what is typed. */
export async function askSecretly(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await answerTo("", nowhere);
  process.stderr.write("\n");
  return answer;
}

async function answerTo(question: string, output: NodeJS.WritableStream): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError(
      "there is no terminal to ask on: give --username and --password-file",
      USAGE_EXIT_CODE,
    );
  }
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  const ended = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new CommandError("stopped: nothing was made", 130));
    terminal.once("SIGINT", giveUp).once("close", giveUp);
  });
  try {
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    ended.catch(() => undefined);
    terminal.close();
  }
}

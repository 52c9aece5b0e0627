import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { openClone } from "../../clone.ts";
import { runCommand } from "../../problem.ts";
import { ENV_FILE_MODE, replaceFile } from "../../replace-file.ts";
import { applicationEnv, mergedEnv, WRITTEN } from "./merge.ts";

/** Which names the environment set the last time. */
const FORMER = ".releases/environment.json";

/** What a deploy sends. */
interface Settings {
  readonly stack: Readonly<Record<string, string>>;
  readonly application: Readonly<Record<string, string>>;
}

// Runs on the server, in its clone: writes .env and app.env from what a deploy sends to standard input.
await runCommand(async () => {
  const clone = openClone();
  const { stack, application } = (await json(process.stdin)) as Settings;
  const former: string[] = JSON.parse(await text(join(clone.root, FORMER), "[]"));
  const before = await text(clone.envFile, "");
  const example = await readFile(clone.envExample, "utf8");
  await replace(clone.envFile, mergedEnv(before, example, stack, former));
  const own = await text(clone.applicationEnvFile, "");
  // One that was written on the server by hand stays, if the environment has nothing to say.
  if (Object.keys(application).length > 0 || own.startsWith(WRITTEN)) {
    await replace(clone.applicationEnvFile, applicationEnv(application));
  }
  await mkdir(join(clone.root, ".releases"), { recursive: true });
  await replace(join(clone.root, FORMER), JSON.stringify(Object.keys(stack)));
});

function text(file: string, otherwise: string): Promise<string> {
  return readFile(file, "utf8").catch(() => otherwise);
}

/** It may hold secrets: only this user reads it. */
function replace(file: string, content: string): Promise<void> {
  return replaceFile(file, content, ENV_FILE_MODE);
}

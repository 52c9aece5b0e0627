import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import type { Clone } from "../clone.ts";
import { lastLine, run } from "../command.ts";
import { readEnv } from "../env/environment.ts";
import { Problem } from "../problem.ts";
import { type Environment, isStacks, problemOf } from "./environment.ts";

/**
 * The secrets of an environment, from the file or the program that it names: an environment with their lines in
 * it. They must not reach a command line or a file of this machine.
 * @throws Problem (exit code 78) that names variables, never values
 */
export async function withSecrets(clone: Clone, environment: Environment): Promise<Environment> {
  const source = environment.server.secrets;
  if (source === "") return environment;
  const secrets = readEnv(await textOf(clone, source));
  requireSecrets(secrets, source, environment.file);
  const stack = { ...environment.stack };
  const application = { ...environment.application };
  const problems: string[] = [];
  for (const [name, value] of Object.entries(secrets)) {
    // A message with a value in it would show a secret.
    const wrong = problemOf(name, value).length > 0;
    if (name.startsWith("SERVER_"))
      problems.push(`${source}: ${name}: move it to ${environment.file}`);
    else if (wrong)
      problems.push(`${source}: ${name}: no such setting, or a value that is not allowed`);
    else if (isStacks(name)) stack[name] = value;
    else application[name] = value;
  }
  if (problems.length > 0) throw new Problem(problems.join("\n"), CONFIG_EXIT_CODE);
  return { ...environment, stack, application };
}

/**
 * A source without secrets is a vault that did not open, and not the wish for a site without them: that would take its
 * database from it.
 */
function requireSecrets(
  secrets: Readonly<Record<string, string>>,
  source: string,
  file: string,
): void {
  const names = Object.keys(secrets);
  if (names.length === 0) {
    throw new Problem(
      `SERVER_SECRETS=${source} has no NAME=value line, so nothing was sent: mend it (a program must be executable), ` +
        `or remove SERVER_SECRETS from ${file}`,
      CONFIG_EXIT_CODE,
    );
  }
  const empty = names.filter((name) => secrets[name] === "");
  if (empty.length > 0) {
    throw new Problem(
      `${source}: ${empty.join(", ")}: no value, so nothing was sent: give it one, or leave the line out`,
      CONFIG_EXIT_CODE,
    );
  }
}

async function textOf({ root }: Clone, source: string): Promise<string> {
  const path = join(root, source);
  const program = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (program) {
    const { code, stdout, stderr } = await run(path, [], { cwd: root });
    if (code === 0) return stdout;
    throw new Problem(`${source} ended with ${code}: ${lastLine(stderr) || "it says no reason"}`);
  }
  const tracked = await run("git", ["-C", root, "ls-files", "--error-unmatch", source]);
  if (tracked.code === 0) {
    throw new Problem(
      `${source} is in git, and a secret must not be: git rm --cached ${source}, and change what is in it`,
      CONFIG_EXIT_CODE,
    );
  }
  return await readFile(path, "utf8").catch(() => {
    throw new Problem(
      `SERVER_SECRETS=${source}: no such file: write it, or a program that prints NAME=value lines`,
      CONFIG_EXIT_CODE,
    );
  });
}

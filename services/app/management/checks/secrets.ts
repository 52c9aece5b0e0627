import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Check } from "./check.ts";

const SHORTEST = 16;
const WRITABLE_BY_ALL = 0o002;

/** The secrets, which are files. */
export const secretChecks: readonly Check[] = [
  {
    id: "database-password",
    what: "The database's password comes from a file",
    why: "A variable is seen by every child process, by docker inspect and in error reports.",
    fix: "Set DATABASE_PASSWORD_FILE to a secret's file; make up makes secrets/database_password.",
    look: async ({ values, environment }) => {
      if (environment.PGPASSWORD) return "PGPASSWORD is set";
      return values.databasePasswordFile === "" ? "DATABASE_PASSWORD_FILE is not set" : undefined;
    },
  },
  {
    id: "secret-files",
    what: `Secret files are there, hold ${SHORTEST} characters or more, and only their owner writes`,
    why: "A short secret is guessed; one that others may write is theirs to choose.",
    fix: "chmod o-w the file and its folder; remove a short one and run make up, which makes another.",
    look: async ({ values: { databasePasswordFile: file } }) =>
      file === "" ? undefined : await flawOf(file),
  },
];

async function flawOf(file: string): Promise<string | undefined> {
  try {
    const secret = (await readFile(file, "utf8")).trim();
    if (secret.length < SHORTEST) return `${file} holds only ${secret.length} characters`;
    if (new Set(secret).size < SHORTEST / 2) return `${file} holds the same few characters`;
    for (const path of [file, dirname(file)]) {
      if ((await stat(path)).mode & WRITABLE_BY_ALL) return `everybody may write ${path}`;
    }
    return undefined;
  } catch (error) {
    return `${file} cannot be read (${error instanceof Error ? error.message : error})`;
  }
}

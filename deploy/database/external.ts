import { existsSync } from "node:fs";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import type { Clone } from "../clone.ts";
import { type Environment, readEnvironment, sourceOf, withVariable } from "../env/environment.ts";
import { Problem } from "../problem.ts";
import { ENV_FILE_MODE, replaceFile } from "../replace-file.ts";
import {
  DATABASE_AUTHORITY,
  readSecret,
  SECRETS_FOLDER_MODE,
  writeSecret,
} from "../secrets/secrets.ts";
import { type DatabaseAddress, takeApart } from "./url.ts";

/** The variables of a database elsewhere, and the secret that has the password of each. */
export const EXTERNAL_PASSWORDS = {
  DATABASE_URL: "external_database_site_password",
  DATABASE_MIGRATE_URL: "external_database_password",
} as const;

type Variable = keyof typeof EXTERNAL_PASSWORDS;
const VARIABLES = Object.keys(EXTERNAL_PASSWORDS) as readonly Variable[];

/** Whether the application uses a database elsewhere, so that the stack runs none. */
export function isExternal({ own }: Environment): boolean {
  return (own.DATABASE_URL ?? "") !== "";
}

/**
 * Moves the passwords of DATABASE_URL and DATABASE_MIGRATE_URL, and the certificates that they name, to
 * secrets/: out of .env and out of this process's environment, which Compose gets. An environment can be
 * inspected, and child processes inherit it.
 * @returns what it did, in words
 * @throws Problem (78) for a URL whose password is nowhere, or whose certificates cannot be read
 */
export async function moveSecretsOfDatabase(clone: Clone): Promise<string[]> {
  const environment = await readEnvironment(clone);
  if (!isExternal(environment)) return [];
  await mkdir(clone.secrets, { recursive: true, mode: SECRETS_FOLDER_MODE });
  await chmod(clone.secrets, SECRETS_FOLDER_MODE);
  const done: string[] = [];
  for (const variable of VARIABLES) {
    const word = environment.own[variable] ?? "";
    if (word === "") continue;
    const address = takeApart(word);
    if (address.authority !== undefined) {
      await writeSecret(clone, DATABASE_AUTHORITY, await authorityOf(clone, address.authority));
      done.push(`secrets/${DATABASE_AUTHORITY}`);
    }
    const secret = EXTERNAL_PASSWORDS[variable];
    if (address.password !== undefined) {
      await writeSecret(clone, secret, address.password);
      done.push(`secrets/${secret}`);
    } else if (!existsSync(join(clone.secrets, secret))) {
      throw new Problem(noPassword(environment, variable), CONFIG_EXIT_CODE);
    }
    if (address.url !== word) await setUrl(clone, variable, address);
  }
  if (!environment.own.DATABASE_MIGRATE_URL) {
    const password = await readSecret(clone, EXTERNAL_PASSWORDS.DATABASE_URL);
    const secret = EXTERNAL_PASSWORDS.DATABASE_MIGRATE_URL;
    if (
      (await readSecret(clone, secret)) !== password ||
      !existsSync(join(clone.secrets, secret))
    ) {
      await writeSecret(clone, secret, password);
    }
  }
  return done;
}

function noPassword(environment: Environment, variable: Variable): string {
  return (
    `${sourceOf(environment, variable)}${variable} has no password: put it into the URL once, and make up moves it to ` +
    `secrets/${EXTERNAL_PASSWORDS[variable]}; for a server that wants none, make that file empty`
  );
}

async function authorityOf(clone: Clone, path: string): Promise<string> {
  try {
    return await readFile(resolve(clone.root, path), "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Problem(
      `the certificates of sslrootcert=${path} in DATABASE_URL cannot be read (${reason}): correct the path`,
      CONFIG_EXIT_CODE,
    );
  }
}

/** Replaces a URL where it was set. */
async function setUrl(clone: Clone, variable: Variable, { url }: DatabaseAddress): Promise<void> {
  if (process.env[variable]) {
    process.env[variable] = url;
    return;
  }
  const text = await readFile(clone.envFile, "utf8");
  await replaceFile(clone.envFile, withVariable(text, variable, url), ENV_FILE_MODE);
}

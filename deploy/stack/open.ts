import type { Clone } from "../clone.ts";
import { moveSecretsOfDatabase } from "../database/external.ts";
import { readEnvironment, valuesOf } from "../env/environment.ts";
import type { Stack } from "./compose.ts";

/**
 * The stack of a clone as its .env says, for a command that starts containers: a password in DATABASE_URL is in
 * secrets/ by then, and in no environment of a container.
 * @throws SettingError for a setting that is not allowed, Problem for a URL whose password is nowhere
 */
export async function openStack(clone: Clone): Promise<Stack> {
  // A bad setting should stop the command before it changes a file.
  valuesOf(await readEnvironment(clone));
  await moveSecretsOfDatabase(clone);
  return { clone, settings: valuesOf(await readEnvironment(clone)) };
}

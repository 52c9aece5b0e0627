import { rm } from "node:fs/promises";
import { type Rule, surplus } from "./retention.ts";
import { listBackups } from "./store.ts";

/**
 * Removes what a rule does not keep. A backup without a manifest is left to the operator, and the one that was just made
 * stays, though another has a later date: a clock was wrong.
 * @param folder that of a project's backups
 * @param made the folder of the new backup
 * @returns the names of those that are gone
 */
export async function prune(folder: string, rule: Rule | "all", made: string): Promise<string[]> {
  const backups = (await listBackups(folder)).filter(({ manifest }) => manifest !== undefined);
  const gone = surplus(backups, rule).filter((backup) => backup.folder !== made);
  for (const backup of gone) await rm(backup.folder, { recursive: true });
  return gone.map(({ name }) => name);
}

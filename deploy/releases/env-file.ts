import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clone } from "../clone.ts";
import { readEnvironment, withVariable } from "../env/environment.ts";
import { ENV_FILE_MODE, replaceFile } from "../replace-file.ts";
import type { Release } from "./release.ts";

/**
 * Where a deploy to a server keeps commit and settings from before it. The file `commit` there is written last, and
 * removed first: without it nothing is restored.
 */
export const BEFORE = ".releases/before";

/**
 * Has .env name the release that runs: a plain `docker compose up` runs the same. From then on a deploy to a server
 * has nothing to go back to, also if it has changed settings alone.
 */
export async function writeRelease(clone: Clone, { app, web }: Release): Promise<void> {
  const { text } = await readEnvironment(clone);
  const named = withVariable(withVariable(text, "RELEASE_APP", app), "RELEASE_WEB", web);
  if (named !== text) await replaceFile(clone.envFile, named, ENV_FILE_MODE);
  await rm(join(clone.root, BEFORE, "commit"), { force: true });
}

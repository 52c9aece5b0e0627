import type { Clone } from "../clone.ts";
import { readEnvironment, withVariable } from "../env/environment.ts";
import { ENV_FILE_MODE, replaceFile } from "../replace-file.ts";
import type { Release } from "./release.ts";

/** Has .env name the release that runs: a plain `docker compose up` runs the same. */
export async function writeRelease(clone: Clone, { app, web }: Release): Promise<void> {
  const { text } = await readEnvironment(clone);
  const named = withVariable(withVariable(text, "RELEASE_APP", app), "RELEASE_WEB", web);
  if (named === text) return;
  await replaceFile(clone.envFile, named, ENV_FILE_MODE);
}

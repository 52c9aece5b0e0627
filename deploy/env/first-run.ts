import { readFile, rename, writeFile } from "node:fs/promises";
import type { Clone } from "../clone.ts";
import { IMAGE_VARIABLES } from "../settings.ts";
import { buildTarget, readEnv, readEnvironment, withVariable } from "./environment.ts";

/**
 * Writes what .env does not have yet: the text of .env.example, the project name, and the base images.
 * An image is chosen once and then stays.
 * @param chooseImages returns the values of these variables
 * @returns a sentence that says what was done
 */
export async function ensureEnvFile(
  clone: Clone,
  chooseImages: (variables: readonly string[]) => Promise<Readonly<Record<string, string>>>,
): Promise<string> {
  const { text: before } = await readEnvironment(clone);
  let text = before === "" ? await readFile(clone.envExample, "utf8") : before;
  const set = readEnv(text);
  if (!set.COMPOSE_PROJECT_NAME) text = withVariable(text, "COMPOSE_PROJECT_NAME", clone.project);
  const open = IMAGE_VARIABLES.filter((name) => set[name] === undefined);
  if (open.length > 0) {
    for (const [name, image] of Object.entries(await chooseImages(open))) {
      text = withVariable(text, name, image);
    }
  }
  // `docker compose build` without make reads the target from .env.
  const target = buildTarget(set.APP ?? "");
  if ((set.BUILD_APP || "app") !== target) text = withVariable(text, "BUILD_APP", target);
  if (text === before) return ".env is complete";
  await writeFile(`${clone.envFile}.new`, text);
  await rename(`${clone.envFile}.new`, clone.envFile);
  return before === "" ? "wrote .env from .env.example" : "completed .env";
}

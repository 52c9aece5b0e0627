import { readFile, rename, writeFile } from "node:fs/promises";
import type { Clone } from "../clone.ts";
import { IMAGE_VARIABLES, type ImageVariable } from "../settings.ts";
import { readEnv, withVariable } from "./env-file.ts";
import { buildTarget, readEnvironment } from "./environment.ts";

/** The base images of a clone, by their variables; empty is the official image. */
export type ImageChoice = Readonly<Partial<Record<ImageVariable, string>>>;

/**
 * Writes what .env does not have yet: the manual itself, the project's name, and the choice of base
 * images, each of which is made once and then stands. Returns what it did, in words.
 */
export async function ensureEnvFile(
  clone: Clone,
  chooseImages: (variables: readonly ImageVariable[]) => Promise<ImageChoice>,
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
  // So that a plain `docker compose build` makes the image that APP is in.
  const target = buildTarget(set.APP ?? "");
  if ((set.BUILD_APP || "app") !== target) text = withVariable(text, "BUILD_APP", target);
  if (text === before) return ".env stands";
  await writeFile(`${clone.envFile}.new`, text);
  await rename(`${clone.envFile}.new`, clone.envFile);
  return before === "" ? "wrote .env from .env.example" : "completed .env";
}

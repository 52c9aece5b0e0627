import { readFile } from "node:fs/promises";
import type { Clone } from "../clone.ts";
import { ENV_FILE_MODE, replaceFile } from "../replace-file.ts";
import { IMAGE_VARIABLES } from "../settings.ts";
import { buildTarget, readEnv, readEnvironment, withVariable } from "./environment.ts";

/** What the first run reads of the machine. */
export interface Machine {
  /** The values of these variables. */
  chooseImages(variables: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** The name that an image of .env has today; its own, unless it is a stand-in of before. */
  nameToday(image: string): Promise<string>;
  /** The processors that the engine has. */
  processors(): Promise<number>;
}

/**
 * Writes what .env does not have yet: the text of .env.example, the project name, and the base images.
 * An image is chosen once and then stays, under the name that it has today. The address and ports of the first run stay too: the next one, and
 * plain docker compose, would move the site. Workers and processors of a replica follow the machine.
 * @returns a sentence that says what was done
 */
export async function ensureEnvFile(
  clone: Clone,
  machine: Machine,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const { text: before } = await readEnvironment(clone);
  let text = before === "" ? await readFile(clone.envExample, "utf8") : before;
  const given = givenOnce(variables, readEnv(text));
  if (before === "") {
    for (const [name, value] of given) text = withVariable(text, name, value);
    text = await sized(text, machine);
  }
  const set = readEnv(text);
  if (!set.COMPOSE_PROJECT_NAME) text = withVariable(text, "COMPOSE_PROJECT_NAME", clone.project);
  for (const name of IMAGE_VARIABLES) {
    const image = set[name] ?? "";
    const today = await machine.nameToday(image);
    if (today !== image) text = withVariable(text, name, today);
  }
  const open = IMAGE_VARIABLES.filter((name) => set[name] === undefined);
  if (open.length > 0) {
    for (const [name, image] of Object.entries(await machine.chooseImages(open))) {
      text = withVariable(text, name, image);
    }
  }
  // `docker compose build` without make reads the target from .env.
  const target = buildTarget(set.APP ?? "");
  if ((set.BUILD_APP || "app") !== target) text = withVariable(text, "BUILD_APP", target);
  if (text === before) {
    const once = given.map(([name, value]) => `${name}=${value}`);
    // Without its value, which may have a password.
    const url = variables.DATABASE_URL;
    if (url && url !== set.DATABASE_URL) once.push("DATABASE_URL");
    return once.length === 0
      ? ".env is complete"
      : `for this run only, not in .env: ${once.join(", ")}`;
  }
  await replaceFile(clone.envFile, text, ENV_FILE_MODE);
  return before === "" ? "wrote .env from .env.example" : "completed .env";
}

/** One worker for each processor, and the processors divided among the replicas. */
async function sized(text: string, machine: Machine): Promise<string> {
  const replicas = Number(readEnv(text).REPLICAS) || 1;
  const each = Math.max(1, Math.floor((await machine.processors()) / replicas));
  return withVariable(withVariable(text, "GATEWAY_WORKERS", `${each}`), "CPUS_APP", `${each}.00`);
}

/** Where the site is published, as far as the shell or the command line says it otherwise than .env. */
function givenOnce(
  variables: Readonly<Record<string, string | undefined>>,
  set: Readonly<Record<string, string>>,
): [name: string, value: string][] {
  return ["PUBLISH_BIND", "PUBLISH_HTTP_PORT", "PUBLISH_HTTPS_PORT"].flatMap((name) => {
    const value = variables[name] ?? "";
    return value === "" || value === set[name] ? [] : [[name, value] as [string, string]];
  });
}

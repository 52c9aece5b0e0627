import { readFile } from "node:fs/promises";
import { readSettings, type Values, variablesOf } from "@gatehouse/settings";
import type { Clone } from "../clone.ts";
import { deploySettings } from "../settings.ts";
import { readEnv } from "./env-file.ts";

export type DeploySettings = Values<typeof deploySettings>;

/** Where the values of a stack come from. */
export interface Environment {
  /** The text of .env, "" before the first run. */
  readonly text: string;
  /** What .env sets. */
  readonly file: Readonly<Record<string, string>>;
  /** Our own variables as Compose sees them: a variable of the process outranks .env. */
  readonly own: Readonly<Record<string, string>>;
}

/** Reads a clone's .env beside the variables of this process; checks nothing. */
export async function readEnvironment(
  clone: Clone,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Environment> {
  const text = await readFile(clone.envFile, "utf8").catch(() => "");
  const file = readEnv(text);
  const own: Record<string, string> = {};
  for (const name of variablesOf(deploySettings)) {
    const value = variables[name] ?? file[name];
    if (value !== undefined) own[name] = value;
  }
  return { text, file, own };
}

/** The values of our own settings. @throws SettingError for one that is not allowed. */
export function valuesOf(environment: Environment): DeploySettings {
  return readSettings(deploySettings, environment.own, []).values;
}

/** The build target of Dockerfile.app that holds a module. */
export function buildTarget(app: string): "app" | "examples" {
  return app.startsWith("examples/") ? "examples" : "app";
}

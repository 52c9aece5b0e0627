import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { layout } from "./layout.ts";

/** The root folder of the clone under test. */
export const root = layout.root;

/** The values of the clone's `.env`. @throws Error if there is none */
export function cloneEnvironment(): Record<string, string> {
  const file = join(root, ".env");
  if (!existsSync(file)) {
    throw new Error(
      `${file} is missing, so this clone has no images, ports and secrets yet: run \`make test\` or \`make up\` once`,
    );
  }
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseEnv(readFileSync(file, "utf8")))) {
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** The file of a secret, for example `ca.crt`. */
export const secretFile = (name: string): string => join(root, "secrets", name);

/** The certificate of the clone's authority, PEM. */
export const authority = (): string => readFileSync(secretFile("ca.crt"), "utf8");

/** The background jobs of the clone's own application: what `.env` says, else the schedule if there is one. */
export function siteJobs(): { JOBS: string; SCHEDULE: string } {
  const file = `${layout.application}/schedule.ts`;
  const { JOBS = "", SCHEDULE = existsSync(join(root, file)) ? file : "" } = cloneEnvironment();
  return { JOBS, SCHEDULE };
}

/** The module of the clone's own application: what `.env` says, also while that names an example. */
export function siteModule(): string {
  const { APP = "" } = cloneEnvironment();
  return APP.startsWith(`${layout.application}/`) ? APP : layout.module;
}

import { join, resolve } from "node:path";
import { readSettings, type Values } from "@gatehouse/settings";
import { type Clone, openClone } from "../clone.ts";
import { moveSecretsOfDatabase } from "../database/external.ts";
import { readEnvironment, valuesOf } from "../env/environment.ts";
import { Problem } from "../problem.ts";
import type { Stack } from "../stack/compose.ts";
import { listContainers } from "../stack/containers.ts";
import { backupSettings } from "./settings.ts";

/** What the commands of backups work on. */
export interface Context {
  readonly stack: Stack;
  readonly settings: Values<typeof backupSettings>;
  /** Where this project's backups are. */
  readonly folder: string;
}

/** Reads the clone's settings. @throws SettingError */
export async function contextOf(clone: Clone = openClone()): Promise<Context> {
  const environment = await readEnvironment(clone);
  const own = valuesOf(environment);
  const project = own.project || clone.project;
  const { values } = readSettings(backupSettings, environment.own, []);
  return {
    stack: { clone, settings: { ...own, project } },
    settings: values,
    folder: join(resolve(clone.root, values.folder), project),
  };
}

/** @throws Problem if the stack does not run */
export async function requireRunning({ clone, settings }: Stack, what: string): Promise<void> {
  const containers = await listContainers(settings.project);
  const runs = (service: string) =>
    containers.some((each) => each.service === service && each.state === "running");
  if (!runs("edge-port") || (settings.databaseUrl === "" && !runs("db"))) {
    throw new Problem(`there is no running stack to ${what}: make up starts one`);
  }
  await moveSecretsOfDatabase(clone);
}

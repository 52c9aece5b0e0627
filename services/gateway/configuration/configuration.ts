import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type Reading,
  readSettings,
  refuseStart,
  SettingError,
  type SettingsFile,
} from "@gatehouse/settings";
import { refuseClashes } from "../applications/mounts.ts";
import type { Hooks } from "../hooks/hooks.ts";
import { type GatewaySettings, gatewaySettings } from "../settings.ts";
import type { GatewayConfig } from "./define-config.ts";

/** All that the gateway was told: by its file, its environment and its command line. */
export interface Configuration {
  readonly settings: GatewaySettings;
  readonly hooks: Hooks;
  /** The settings with their origins, for --print-config. */
  readonly reading: Reading<typeof gatewaySettings>;
}

/**
 * Reads the configuration; each call loads the file anew.
 * @param args the command line without the flags that take no value.
 * @throws SettingError for whatever is not allowed.
 */
export async function readConfiguration(args: readonly string[]): Promise<Configuration> {
  const { values, origins } = readSettings(gatewaySettings, process.env, args);
  const config = await load(values.config, origins.config !== "default");
  const { hooks = {}, ...rows } = config;
  const file: SettingsFile = { path: values.config, values: rows };
  const reading = readSettings(gatewaySettings, process.env, args, file);
  const settings = { ...reading.values, app: reading.operands[0] ?? reading.values.app };
  refuseClashes(settings);
  return { settings, hooks, reading };
}

/** The configuration that holds at the moment: a reload that succeeds puts another in its place. */
export class StandingConfiguration {
  #standing: Configuration;

  constructor(first: Configuration) {
    this.#standing = first;
  }

  get settings(): GatewaySettings {
    return this.#standing.settings;
  }

  get hooks(): Hooks {
    return this.#standing.hooks;
  }

  replace(next: Configuration): void {
    this.#standing = next;
  }
}

/** The same as a process starts: what is not allowed ends it with one line and exit code 78. */
export function startConfiguration(args: readonly string[]): Promise<Configuration> {
  return readConfiguration(args).catch(refuseStart);
}

async function load(path: string, wanted: boolean): Promise<GatewayConfig> {
  if (!existsSync(path)) {
    if (!wanted) return {};
    throw new SettingError(`--config=${JSON.stringify(path)}: there is no such file`);
  }
  // Node would give a module that it has loaded before once more, as it was.
  const url = `${pathToFileURL(resolve(path)).href}?read=${Date.now()}`;
  const module = await import(url).catch((error: unknown) => {
    throw new SettingError(`${path}: cannot be loaded: ${error}`);
  });
  if (typeof module.default === "object" && module.default !== null) return module.default;
  throw new SettingError(`${path}: has no default export; write: export default defineConfig({})`);
}

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
import { rejectClashes } from "./applications/mounts.ts";
import type { Hooks } from "./hooks/hooks.ts";
import { type GatewaySettings, gatewaySettings } from "./settings.ts";

export type { GatewayView, Hooks, Outcome, WorkerStatus, WorkerView } from "./hooks/hooks.ts";

/** What gateway.config.ts may hold: any setting of the table, and hooks. */
export interface GatewayConfig extends Partial<GatewaySettings> {
  readonly hooks?: Hooks;
}

/** For the types: `export default defineConfig({ workers: 4 })`. */
export function defineConfig(config: GatewayConfig): GatewayConfig {
  return config;
}

export interface Configuration {
  readonly settings: GatewaySettings;
  readonly hooks: Hooks;
  /** The settings with their origins, for --print-config. */
  readonly reading: Reading<typeof gatewaySettings>;
  /** The command line that it was read from. */
  readonly args: readonly string[];
  /** What follows the application there: its own words. */
  readonly appArgs: readonly string[];
}

/**
 * Reads the configuration; each call loads the file anew.
 * @param args the command line without the flags that take no value.
 * @throws SettingError for anything that is not allowed.
 */
export async function readConfiguration(args: readonly string[]): Promise<Configuration> {
  const { values, origins } = readSettings(gatewaySettings, process.env, args);
  const { hooks = {}, ...rows } = await loadFile(values.config, origins.config !== "default");
  const file: SettingsFile = { path: values.config, values: rows };
  const reading = readSettings(gatewaySettings, process.env, args, file);
  const [app = reading.values.app, ...appArgs] = reading.operands;
  const settings = { ...reading.values, app };
  rejectClashes(settings);
  return { settings, hooks, reading, args, appArgs };
}

/** The same at the start of a process: an error ends it with one line and exit code 78. */
export function startConfiguration(args: readonly string[]): Promise<Configuration> {
  return readConfiguration(args).catch(refuseStart);
}

/** The configuration of the moment: a reload that succeeds replaces both. */
export type StandingConfiguration = Pick<Configuration, "settings" | "hooks">;

async function loadFile(path: string, required: boolean): Promise<GatewayConfig> {
  if (!existsSync(path)) {
    if (!required) return {};
    throw new SettingError(`--config=${JSON.stringify(path)}: there is no such file`);
  }
  // Without a query Node would return the module that it loaded before.
  const url = `${pathToFileURL(resolve(path)).href}?read=${Date.now()}`;
  const module = await import(url).catch((error: unknown) => {
    throw new SettingError(`${path}: cannot be loaded: ${error}`);
  });
  if (typeof module.default === "object" && module.default !== null) return module.default;
  throw new SettingError(`${path}: has no default export; write: export default defineConfig({})`);
}

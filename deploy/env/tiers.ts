import { gatewaySettings } from "@gatehouse/gateway/settings";
import { jobsSettings } from "@gatehouse/jobs/settings";
import { type Setting, type SettingsTable, variablesOf } from "@gatehouse/settings";
import { webSettings } from "@gatehouse/web/settings";
import { backupSettings } from "../backups/settings.ts";
import { observeSettings } from "../observe/settings.ts";
import { deploySettings } from "../settings.ts";

type Table = SettingsTable<Record<string, Setting<unknown>>>;

/** Whose settings .env has. The owner of a name is the table that has it. */
export const TIERS: Readonly<
  Record<"stack" | "backup" | "observe" | "web" | "app" | "jobs", Table>
> = {
  stack: deploySettings,
  backup: backupSettings,
  observe: observeSettings,
  web: webSettings,
  app: gatewaySettings,
  jobs: jobsSettings,
};

/** Every name that .env may set. */
export const ENV_NAMES: readonly string[] = Object.values(TIERS).flatMap(variablesOf);

/** The table that a name belongs to, known or misspelt; undefined for any other name. */
export function tableOf(name: string): Table | undefined {
  return Object.values(TIERS).find(
    (table) => name.startsWith(`${table.prefix}_`) || variablesOf(table).includes(name),
  );
}

/**
 * The text of deploy/tiers.yaml, which compose.yaml extends: the names that each service gets from .env or
 * the shell. Compose passes a name without a value only when it is set.
 */
export function tiersFile(): string {
  const names = (tier: "web" | "app" | "jobs") =>
    variablesOf(TIERS[tier]).map((name) => `      ${name}:`);
  return [
    "# The settings that each service gets from .env, or from the shell, when they are set there: a line that",
    "# changes replaces only the service that reads it. Made from the tables of settings by `npm run docs`.",
    "services:",
    ...["  web:", "    environment:", ...names("web")],
    ...["  app:", "    environment:", ...names("app")],
    ...["  jobs:", "    environment:", ...names("jobs")],
    "",
  ].join("\n");
}

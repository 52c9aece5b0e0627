import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  CONFIG_EXIT_CODE,
  nearest,
  readSettings,
  type Setting,
  SettingError,
  type SettingsTable,
  variablesOf,
} from "@gatehouse/settings";
import { gatewaySettings } from "../../services/gateway/settings.ts";
import { webSettings } from "../../services/web/settings.ts";
import { lineOf, valuesOf } from "../env/environment.ts";
import { observeSettings } from "../observe/settings.ts";
import { deploySettings } from "../settings.ts";
import { bad, type Check, good, type Subject } from "./check.ts";

/** Not a literal: TypeScript would want the file to be there. */
const APPLICATION = new URL("../../services/app/settings.ts", import.meta.url).href;

type Table = SettingsTable<Record<string, Setting<unknown>>>;

/** The table of the application, which need not have one. */
const application: readonly Table[] = await import(APPLICATION).then(
  ({ appSettings }: { readonly appSettings: Table }) => [appSettings],
  () => [],
);

/** A name in several tables, such as REPLICAS, is checked by the first of them. */
const tables: readonly Table[] = [
  ...[deploySettings, observeSettings],
  ...[webSettings, gatewaySettings, ...application],
];

/** A shorter name is too easily similar to a variable of the application's own. */
const MISSPELT_LENGTH = 6;

/** Checks every value of .env against its table, and finds misspelt names. */
export const settingsCheck: Check = {
  name: "settings",
  needs: [],
  check: async (subject) => {
    const problems = [...wrongValues(subject), ...misspelt(subject)];
    if (problems.length === 0) problems.push(...combinations(subject));
    const findings = problems.map((problem) => bad(problem, CONFIG_EXIT_CODE));
    if (findings.length > 0) return findings;
    return [good(subject.environment.text === "" ? "no .env yet: make up writes it" : ".env")];
  },
};

/** Reads variable by variable, so that the operator sees all problems at once. */
function wrongValues({ environment: { file, own, text } }: Subject): string[] {
  return Object.entries({ ...file, ...own }).flatMap(([name, value]) => {
    const table = tableOf(name);
    if (table === undefined) return [];
    try {
      readSettings(table, { [name]: value }, []);
      return [];
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      return [`${lineOf(text, name)}${error.message}`];
    }
  });
}

/** Names of no table that are similar to one of ours. Others belong to the application. */
function misspelt({ environment: { file, text } }: Subject): string[] {
  const known = tables.flatMap(variablesOf).filter((name) => name.length >= MISSPELT_LENGTH);
  return Object.keys(file).flatMap((name) => {
    const close = tableOf(name) === undefined ? nearest(name, known) : undefined;
    if (close === undefined) return [];
    return [`${lineOf(text, name)}${name}: no such setting; did you mean ${close}?`];
  });
}

/** Values that are allowed, but not together. */
function combinations({ clone, environment }: Subject): string[] {
  const { app, httpPort, httpsPort } = valuesOf(environment);
  const problems: string[] = [];
  if (httpPort === httpsPort) {
    problems.push(
      `PUBLISH_HTTP_PORT and PUBLISH_HTTPS_PORT are both ${httpPort}: give each its own`,
    );
  }
  if (!existsSync(join(clone.root, app))) {
    problems.push(`${lineOf(environment.text, "APP")}APP=${app}: no such file in this clone`);
  }
  return problems;
}

function tableOf(name: string): Table | undefined {
  return tables.find(
    (table) => name.startsWith(`${table.prefix}_`) || variablesOf(table).includes(name),
  );
}

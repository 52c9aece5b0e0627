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
import { appSettings } from "../../services/app/settings.ts";
import { gatewaySettings } from "../../services/gateway/settings.ts";
import { webSettings } from "../../services/web/settings.ts";
import { lineOf, valuesOf } from "../env/environment.ts";
import { deploySettings } from "../settings.ts";
import { bad, type Check, type Finding, good, type Subject } from "./check.ts";

type Table = SettingsTable<Record<string, Setting<unknown>>>;

const serviceTables: readonly Table[] = [webSettings, gatewaySettings, appSettings];
/** A name in several tables, such as REPLICAS, is checked by the first of them. */
const tables: readonly Table[] = [deploySettings, ...serviceTables];

/** A shorter name is too easily similar to a variable of the application's own. */
const MISSPELT_LENGTH = 6;

/** Checks every value of .env against its table, and finds misspelt names. */
export const settingsCheck: Check = {
  name: "settings",
  needs: [],
  check: async (subject) => {
    const problems = [...ownProblems(subject), ...serviceProblems(subject), ...misspelt(subject)];
    const findings = problems.map((problem) => bad(problem, CONFIG_EXIT_CODE));
    if (findings.length === 0) findings.push(...combinations(subject));
    if (findings.length > 0) return findings;
    return [good(subject.environment.text === "" ? "no .env yet: make up writes it" : ".env")];
  },
};

function ownProblems({ environment }: Subject): string[] {
  const names = Object.keys(environment.file).filter((name) => belongsTo(deploySettings, name));
  const all = { ...pick(environment.file, names), ...environment.own };
  return problemsOf(deploySettings, all, environment.text);
}

function serviceProblems({ environment }: Subject): string[] {
  return serviceTables.flatMap((table) => {
    const names = Object.keys(environment.file).filter((name) => tableOf(name) === table);
    return problemsOf(table, pick(environment.file, names), environment.text);
  });
}

/** Names of no table that are similar to one of ours. Others belong to the application. */
function misspelt({ environment }: Subject): string[] {
  const known = tables.flatMap(variablesOf).filter((name) => name.length >= MISSPELT_LENGTH);
  return Object.keys(environment.file)
    .filter((name) => tableOf(name) === undefined)
    .flatMap((name) => {
      const close = nearest(name, known);
      if (close === undefined) return [];
      return [
        `${lineOfEnv(environment.text, name)}${name}: no such setting; did you mean ${close}?`,
      ];
    });
}

/** Values that are allowed, but not together. */
function combinations({ clone, environment }: Subject): Finding[] {
  const { app, httpPort, httpsPort } = valuesOf(environment);
  const findings: Finding[] = [];
  if (httpPort === httpsPort) {
    const problem = `PUBLISH_HTTP_PORT and PUBLISH_HTTPS_PORT are both ${httpPort}: give each its own`;
    findings.push(bad(problem, CONFIG_EXIT_CODE));
  }
  if (!existsSync(join(clone.root, app))) {
    const problem = `${lineOfEnv(environment.text, "APP")}APP=${app}: no such file in this clone`;
    findings.push(bad(problem, CONFIG_EXIT_CODE));
  }
  return findings;
}

function tableOf(name: string): Table | undefined {
  return tables.find((table) => belongsTo(table, name));
}

function belongsTo(table: Table, name: string): boolean {
  return name.startsWith(`${table.prefix}_`) || variablesOf(table).includes(name);
}

/** Checks variable by variable, so that the operator sees all problems at once. */
function problemsOf(
  table: Table,
  variables: Readonly<Record<string, string>>,
  text: string,
): string[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    try {
      readSettings(table, { [name]: value }, []);
      return [];
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      return [`${lineOfEnv(text, name)}${error.message}`];
    }
  });
}

function lineOfEnv(text: string, name: string): string {
  const line = lineOf(text, name);
  return line === undefined ? "" : `.env:${line}: `;
}

function pick(from: Readonly<Record<string, string>>, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, from[name] ?? ""]));
}

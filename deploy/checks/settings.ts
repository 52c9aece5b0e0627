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
import { lineOf } from "../env/env-file.ts";
import { valuesOf } from "../env/environment.ts";
import { deploySettings } from "../settings.ts";
import { bad, type Check, type Finding, type Ground, good } from "./finding.ts";

type Table = SettingsTable<Record<string, Setting<unknown>>>;

const serviceTables: readonly Table[] = [webSettings, gatewaySettings, appSettings];
/** A name that several tables know, such as REPLICAS, is judged by the first of them. */
const tables: readonly Table[] = [deploySettings, ...serviceTables];

/** A name shorter than this is too easily near to a variable of the application's own. */
const MISSPELT_LENGTH = 6;

/** Every value of .env against the table that it belongs to, and every name that belongs to none. */
export const settingsCheck: Check = {
  name: "settings",
  needs: [],
  check: async (ground) => {
    const problems = [...ownProblems(ground), ...serviceProblems(ground), ...strangers(ground)];
    const findings = problems.map((problem) => bad(problem, CONFIG_EXIT_CODE));
    if (findings.length === 0) findings.push(...together(ground));
    if (findings.length > 0) return findings;
    return [good(ground.environment.text === "" ? "no .env yet: make up writes it" : ".env")];
  },
};

function ownProblems({ environment }: Ground): string[] {
  const names = Object.keys(environment.file).filter((name) => belongsTo(deploySettings, name));
  const all = { ...pick(environment.file, names), ...environment.own };
  return problemsOf(deploySettings, all, environment.text);
}

function serviceProblems({ environment }: Ground): string[] {
  return serviceTables.flatMap((table) => {
    const names = Object.keys(environment.file).filter((name) => tableOf(name) === table);
    return problemsOf(table, pick(environment.file, names), environment.text);
  });
}

/** Names that no table claims: the application's own, or ours misspelt. */
function strangers({ environment }: Ground): string[] {
  const known = tables.flatMap(variablesOf).filter((name) => name.length >= MISSPELT_LENGTH);
  return Object.keys(environment.file)
    .filter((name) => tableOf(name) === undefined)
    .flatMap((name) => {
      const close = nearest(name, known);
      if (close === undefined) return [];
      return [`${place(environment.text, name)}${name}: no such setting; did you mean ${close}?`];
    });
}

/** What no single row can say: values that do not go together. */
function together({ clone, environment }: Ground): Finding[] {
  const { app, httpPort, httpsPort } = valuesOf(environment);
  const findings: Finding[] = [];
  if (httpPort === httpsPort) {
    const problem = `PUBLISH_HTTP_PORT and PUBLISH_HTTPS_PORT are both ${httpPort}: give each its own`;
    findings.push(bad(problem, CONFIG_EXIT_CODE));
  }
  if (!existsSync(join(clone.root, app))) {
    const problem = `${place(environment.text, "APP")}APP=${app}: no such file in this clone`;
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

/** One problem a variable, so that an operator sees all of them at once. */
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
      return [`${place(text, name)}${error.message}`];
    }
  });
}

function place(text: string, name: string): string {
  const line = lineOf(text, name);
  return line === undefined ? "" : `.env:${line}: `;
}

function pick(from: Readonly<Record<string, string>>, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, from[name] ?? ""]));
}

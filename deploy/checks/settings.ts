import { existsSync, globSync, readFileSync } from "node:fs";
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
import { parse } from "yaml";
import type { Clone } from "../clone.ts";
import { isExternal } from "../database/external.ts";
import { buildTarget, lineOf, readEnv, sourceOf, valuesOf } from "../env/environment.ts";
import { ENV_NAMES, tableOf } from "../env/tiers.ts";
import { layout } from "../layout.ts";
import { SITE } from "../project/adopted/answers.ts";
import { readOrigin } from "../project/origin.ts";
import { bad, type Check, good, type Subject } from "./check.ts";

type Table = SettingsTable<Record<string, Setting<unknown>>>;

/** A shorter name is too easily similar to a variable of the application's own. */
const MISSPELT_LENGTH = 6;

/** Names that Docker's own programs read. */
const DOCKERS_OWN = /^(COMPOSE|DOCKER|BUILDKIT|BUILDX)_/;

/** Checks every value of .env and app.env against its table, and finds names that are in neither's. */
export const settingsCheck: Check = {
  name: "settings",
  needs: [],
  check: async (subject) => {
    const problems = [
      ...wrongValues(subject),
      ...foreignNames(subject),
      ...(await applicationProblems(subject)),
    ];
    if (problems.length === 0) problems.push(...combinations(subject));
    const findings = problems.map((problem) => bad(problem, CONFIG_EXIT_CODE));
    if (findings.length > 0) return findings;
    const { text, applicationText } = subject.environment;
    if (text === "") return [good("no .env yet: make up writes it")];
    return [good(applicationText === "" ? ".env" : ".env and app.env")];
  },
};

/** Reads variable by variable, so that the operator sees all problems at once. */
function wrongValues({ environment: { file, own, text } }: Subject): string[] {
  return Object.entries({ ...file, ...own }).flatMap(([name, value]) => {
    const table = tableOf(name);
    return table === undefined ? [] : wrongValue(table, name, value, lineOf(text, name));
  });
}

function wrongValue(table: Table, name: string, value: string, line: string): string[] {
  try {
    readSettings(table, { [name]: value }, []);
    return [];
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    return [`${line}${error.message}`];
  }
}

/** Names of .env that would reach no container, because no table and no Compose file has them. */
function foreignNames({ clone, environment: { file, text } }: Subject): string[] {
  const known = ENV_NAMES.filter((name) => name.length >= MISSPELT_LENGTH);
  const fixed = fixedNames(clone, "web", "app", "jobs");
  const interpolated = interpolatedNames(clone);
  return Object.keys(file).flatMap((name) => {
    const line = `${lineOf(text, name)}${name}`;
    if (fixed.includes(name)) return [`${line}: compose.yaml sets it: remove the line`];
    if (tableOf(name) !== undefined || DOCKERS_OWN.test(name)) return [];
    if (interpolated.has(name)) return [];
    const close = name.startsWith("APP_") ? undefined : nearest(name, known);
    return close === undefined
      ? [`${line}: not a setting of the stack, the edge or the gateway: move the line to app.env`]
      : [`${line}: no such setting; did you mean ${close}?`];
  });
}

/** Names of app.env that the application would not get, and values that its own table refuses. */
async function applicationProblems({ clone, environment }: Subject): Promise<string[]> {
  const { applicationText: text } = environment;
  const fixed = fixedNames(clone, "app");
  const table = await applicationTable(clone);
  return Object.entries(readEnv(text)).flatMap(([name, value]) => {
    const line = lineOf(text, name, "app.env");
    if (ENV_NAMES.includes(name) || name.startsWith("GATEWAY_")) {
      return [`${line}${name}: not the application's own: move the line to .env`];
    }
    if (fixed.includes(name)) return [`${line}${name}: compose.yaml sets it: remove the line`];
    const ours =
      name.startsWith(`${table?.prefix}_`) || (table && variablesOf(table).includes(name));
    return table && ours ? wrongValue(table, name, value, line) : [];
  });
}

/** The application's own table of settings, where it has one. */
async function applicationTable({ root }: Clone): Promise<Table | undefined> {
  const file = join(root, layout.application, "settings.ts");
  if (!existsSync(file) || !readFileSync(file, "utf8").includes("defineSettings("))
    return undefined;
  // A table that cannot be loaded here says so in the container.
  const { appSettings }: { readonly appSettings?: Table } = await import(file).catch(() => ({}));
  return appSettings;
}

/** Names to which compose.yaml gives a value of its own, whatever a file says. */
function fixedNames({ root }: Clone, ...services: readonly string[]): string[] {
  const file = join(root, "compose.yaml");
  if (!existsSync(file)) return [];
  const model = parse(readFileSync(file, "utf8"), { merge: true });
  return services.flatMap((service) =>
    Object.entries<unknown>(model.services[service]?.environment ?? {})
      .filter(([, value]) => !String(value).includes("$"))
      .map(([name]) => name),
  );
}

/** Names that the Compose files in the clone's folder read, the operator's own included. */
function interpolatedNames({ root }: Clone): ReadonlySet<string | undefined> {
  const files = globSync(["compose*.y*ml", "docker-compose*.y*ml"], { cwd: root });
  const text = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
  return new Set(Array.from(text.matchAll(/\$\{?(\w+)/g), ([, name]) => name));
}

/** Whether a module may be a product of the application's own build, which only the image has. */
function isBuilt({ root }: Clone, app: string): boolean {
  if (readOrigin(root)?.adopted !== undefined) return app.startsWith(`${SITE}/`);
  const file = join(root, layout.application, "package.json");
  if (!app.startsWith(`${layout.application}/`) || !existsSync(file)) return false;
  const { scripts }: { readonly scripts?: { readonly build?: string } } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return scripts?.build !== undefined;
}

/** Values that are allowed, but not together. */
function combinations({ clone, environment }: Subject): string[] {
  const { app, jobs, schedule, httpPort, httpsPort, databaseUrl, databaseMigrateUrl } =
    valuesOf(environment);
  const problems: string[] = [];
  if (httpPort === httpsPort) {
    problems.push(
      `PUBLISH_HTTP_PORT and PUBLISH_HTTPS_PORT are both ${httpPort}: give each its own`,
    );
  }
  if (!existsSync(join(clone.root, app)) && !isBuilt(clone, app)) {
    problems.push(`${lineOf(environment.text, "APP")}APP=${app}: no such file in this clone`);
  }
  for (const [name, file] of Object.entries({ JOBS: jobs, SCHEDULE: schedule })) {
    if (file === "") continue;
    const line = `${lineOf(environment.text, name)}${name}=${file}`;
    if (!existsSync(join(clone.root, file)) && !isBuilt(clone, file)) {
      problems.push(`${line}: no such file in this clone: remove the line, or write the file`);
    } else if (buildTarget(file) === "examples" && buildTarget(app) === "app") {
      problems.push(`${line}: an example needs APP in examples/ too, so that the image has it`);
    }
  }
  if (databaseMigrateUrl !== "" && !isExternal(environment)) {
    problems.push("DATABASE_MIGRATE_URL needs DATABASE_URL: set both, or none");
  }
  for (const [name, url] of Object.entries({
    DATABASE_URL: databaseUrl,
    DATABASE_MIGRATE_URL: databaseMigrateUrl,
  })) {
    const host = url === "" ? "" : new URL(url).hostname;
    const line = `${sourceOf(environment, name)}${name}`;
    if (host === "db") problems.push(`${line}: db is the stack's own database: remove the line`);
    if (/^(localhost|127\..*|\[::1\])$/.test(host)) {
      problems.push(
        `${line}: in a container ${host} is the container itself: use an address that other machines use`,
      );
    }
  }
  return problems;
}

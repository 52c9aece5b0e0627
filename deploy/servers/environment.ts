import { readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import {
  CONFIG_EXIT_CODE,
  nearest,
  readSettings,
  SettingError,
  type Values,
  variablesOf,
} from "@gatehouse/settings";
import type { Clone } from "../clone.ts";
import { run } from "../command.ts";
import { lineOf, readEnv } from "../env/environment.ts";
import { ENV_NAMES, tableOf } from "../env/tiers.ts";
import { Problem } from "../problem.ts";
import { serverSettings } from "./settings.ts";

export type Server = Values<typeof serverSettings>;

/** One place that is deployed to, as its file says. */
export interface Environment {
  readonly name: string;
  /** The path of the file in the clone. */
  readonly file: string;
  readonly server: Server;
  /** Where the site is there: its repository, or the folder of it that this project is. */
  readonly folder: string;
  /** Lines of the .env of the server. */
  readonly stack: Readonly<Record<string, string>>;
  /** Lines of its app.env: the application's own variables. */
  readonly application: Readonly<Record<string, string>>;
}

/** What `make up`, a deploy and a rollback write: it belongs to the server. */
const MADE_THERE = ["RELEASE_APP", "RELEASE_WEB", "BUILD_APP"];

/** Where .env.example is right for a replica on one's own machine: a second edge takes memory. */
const IN_PRODUCTION = { EDGES: "2" };

/** A name of a file, and never a number: `make rollback TO=3` means a release. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** A shorter name is too easily similar to a variable of the application's own. */
const MISSPELT_LENGTH = 6;

/** Names that Docker's own programs read. */
const DOCKERS_OWN = /^(COMPOSE|DOCKER|BUILDKIT|BUILDX)_/;

/**
 * Reads the file of an environment, environments/NAME.env, and checks every line of it.
 * @throws Problem (exit code 78) with a line for each wrong one
 */
export async function readServerEnvironment(clone: Clone, name: string): Promise<Environment> {
  if (name === "") throw new Problem("which server? Add TO=production", CONFIG_EXIT_CODE);
  if (!NAME.test(name)) {
    throw new Problem(
      `TO=${JSON.stringify(name)}: expected the name of an environment, in small letters, digits and -, like production`,
      CONFIG_EXIT_CODE,
    );
  }
  const file = `environments/${name}.env`;
  const text = await readFile(join(clone.root, file), "utf8").catch(() => undefined);
  if (text === undefined) {
    throw new Problem(
      `TO=${name}: there is no ${file}: ${await others(clone, file)}`,
      CONFIG_EXIT_CODE,
    );
  }
  const lines = readEnv(text);
  const problems = Object.entries(lines).flatMap(([variable, value]) =>
    problemOf(variable, value).map((problem) => `${lineOf(text, variable, file)}${problem}`),
  );
  // In the order of the file, which is not the parser's.
  problems.sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
  if (problems.length === 0 && !lines.SERVER_HOST) {
    problems.push(`${file}: SERVER_HOST is missing: write the name or the address of the server`);
  }
  if (problems.length > 0) throw new Problem(problems.join("\n"), CONFIG_EXIT_CODE);
  const ofServer = pick(lines, (variable) => variable.startsWith("SERVER_"));
  const server = readSettings(serverSettings, ofServer, []).values;
  return {
    ...{ name, file, server, folder: await folderOf(clone, server) },
    stack: { ...IN_PRODUCTION, ...publicSite(server.domains), ...pick(lines, isStacks) },
    application: pick(lines, (variable) => !isStacks(variable) && !variable.startsWith("SERVER_")),
  };
}

/** @throws Problem if the project is in a folder that the server's scripts cannot name */
async function folderOf({ root }: Clone, server: Server): Promise<string> {
  // "gatehouse/", of an adopted application; nothing where the project is a repository, or in none yet.
  const { stdout } = await run("git", ["-C", root, "rev-parse", "--show-prefix"]);
  const folder = posix.join(server.folder, stdout.trim()).replace(/\/$/, "");
  const [problem] = problemOf("SERVER_FOLDER", folder);
  if (problem === undefined) return folder;
  throw new Problem(`the folder of this project in its repository: ${problem}`, CONFIG_EXIT_CODE);
}

/** Whether a variable belongs into .env; otherwise it is the application's. */
export function isStacks(variable: string): boolean {
  return tableOf(variable) !== undefined || DOCKERS_OWN.test(variable);
}

/** What is wrong with a variable and its value, without a name in front: nothing, or one sentence. */
export function problemOf(variable: string, value: string): string[] {
  if (MADE_THERE.includes(variable)) return [`${variable}: the server writes it: remove the line`];
  const table = variable.startsWith("SERVER_") ? serverSettings : tableOf(variable);
  if (table === undefined) {
    if (DOCKERS_OWN.test(variable) || variable.startsWith("APP_")) return [];
    const known = [...ENV_NAMES, ...variablesOf(serverSettings)];
    const close = nearest(
      variable,
      known.filter((each) => each.length >= MISSPELT_LENGTH),
    );
    return close === undefined ? [] : [`${variable}: no such setting; did you mean ${close}?`];
  }
  try {
    readSettings(table, { [variable]: value }, []);
    return [];
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    return [error.message];
  }
}

/** What a site with names on the internet needs, where .env.example is right for a replica on loopback. */
function publicSite([address, ...more]: readonly string[]): Record<string, string> {
  if (address === undefined) return {};
  return {
    PUBLISH_BIND: "0.0.0.0",
    PUBLISH_HTTP_PORT: "80",
    PUBLISH_HTTPS_PORT: "443",
    WEB_HTTPS: "redirect",
    WEB_PUBLIC_ORIGIN: `https://${address}`,
    WEB_ACME_DOMAINS: [address, ...more].join(","),
  };
}

async function others({ root }: Clone, file: string): Promise<string> {
  const files = await readdir(join(root, "environments")).catch(() => []);
  const names = files.filter((each) => each.endsWith(".env")).map((each) => each.slice(0, -4));
  return names.length === 0
    ? `cp environments/production.env.example ${file} and change it`
    : `there are ${names.sort().join(", ")}`;
}

function pick(
  lines: Readonly<Record<string, string>>,
  wanted: (variable: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(lines).filter(([variable]) => wanted(variable)));
}

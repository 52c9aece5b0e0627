import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { readSettings, type Values } from "@gatehouse/settings";
import type { Clone } from "../clone.ts";
import { deploySettings } from "../settings.ts";
import { ENV_NAMES } from "./tiers.ts";

export type DeploySettings = Values<typeof deploySettings>;

/** The variables that a stack gets its values from. */
export interface Environment {
  /** The text of .env, "" before the first run. */
  readonly text: string;
  /** What .env sets. */
  readonly file: Readonly<Record<string, string>>;
  /** Our own variables as Compose sees them: a variable of the process outranks .env. */
  readonly own: Readonly<Record<string, string>>;
  /** The text of app.env, the application's own variables; "" without one. */
  readonly applicationText: string;
}

/** Reads a clone's .env and the variables of this process. Checks nothing. */
export async function readEnvironment(
  clone: Clone,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Environment> {
  const text = await readFile(clone.envFile, "utf8").catch(() => "");
  const file = readEnv(text);
  const own: Record<string, string> = {};
  for (const name of ENV_NAMES) {
    const value = variables[name] ?? file[name];
    if (value !== undefined) own[name] = value;
  }
  const applicationText = await readFile(clone.applicationEnvFile, "utf8").catch(() => "");
  return { text, file, own, applicationText };
}

/** The values of our own settings. @throws SettingError for one that is not allowed. */
export function valuesOf(environment: Environment): DeploySettings {
  return readSettings(deploySettings, environment.own, []).values;
}

/** The name of the Compose project. @throws SettingError for one that is not allowed. */
export function projectOf(clone: Clone, environment: Environment): string {
  return valuesOf(environment).project || clone.project;
}

/** The build target of Dockerfile.app that holds a module. */
export function buildTarget(app: string): "app" | "examples" {
  return app.startsWith("examples/") ? "examples" : "app";
}

/** Reads the text of an .env file as Compose does for plain values. */
export function readEnv(text: string): Record<string, string> {
  // A name that is not in the text has no entry.
  return { ...parseEnv(text) } as Record<string, string>;
}

/** Where a variable is set, for the start of a message: ".env:2: "; "" if no line sets it. */
export function lineOf(text: string, name: string, file = ".env"): string {
  const entry = entryOf(text.split("\n"), name);
  return entry === undefined ? "" : `${file}:${entry.first + 1}: `;
}

/** Who set a variable that Compose sees, for the start of a message: ".env:2: ", or "the shell's ". */
export function sourceOf({ own, file, text }: Environment, name: string): string {
  return own[name] === file[name] ? lineOf(text, name) : "the shell's ";
}

/**
 * Sets a variable in the text of an .env file. Changes what sets it, else uncomments the first line that has it, else
 * adds a line. All other lines stay.
 * @param value as it must be written: quoted, if it needs that
 */
export function withVariable(text: string, name: string, value: string): string {
  const lines = text.split("\n");
  const { first, last } = entryOf(lines, name) ?? commentOf(lines, name) ?? {};
  if (first === undefined || last === undefined) {
    return `${text.trimEnd()}\n${name}=${value}\n`;
  }
  return lines.toSpliced(first, last - first + 1, `${name}=${value}`).join("\n");
}

/** The text of an .env file without what sets a variable. */
export function withoutVariable(text: string, name: string): string {
  const lines = text.split("\n");
  for (const { first, last } of entriesOf(lines)
    .filter((entry) => entry.name === name)
    .reverse()) {
    lines.splice(first, last - first + 1);
  }
  return lines.join("\n");
}

/** What sets a variable: one line, or several where a quoted value goes on. */
interface Entry {
  readonly name: string;
  /** Indices of lines. */
  readonly first: number;
  readonly last: number;
}

/** The last one is what counts. */
const entryOf = (lines: readonly string[], name: string): Entry | undefined =>
  entriesOf(lines).findLast((entry) => entry.name === name);

function commentOf(lines: readonly string[], name: string): Omit<Entry, "name"> | undefined {
  const index = lines.findIndex((line) => line.startsWith(`#${name}=`));
  return index === -1 ? undefined : { first: index, last: index };
}

function entriesOf(lines: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  for (let first = 0; first < lines.length; first += 1) {
    const [name, value] = assignmentIn(lines[first] ?? "");
    if (name === undefined) continue;
    const last = /^['"`]/.test(value)
      ? endOf(value.charAt(0), value.slice(1), lines, first)
      : first;
    entries.push({ name, first, last });
    first = last;
  }
  return entries;
}

/** The name that a line sets, and the value as it is written. */
function assignmentIn(line: string): readonly [string | undefined, string] {
  const text = line.trimStart().replace(/^export\s+/, "");
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0)).trimEnd();
  return [/^[\w.-]+$/.test(name) ? name : undefined, text.slice(at + 1).trimStart()];
}

/** The line that has the closing quote; without one a value ends with its own line. */
function endOf(quote: string, rest: string, lines: readonly string[], first: number): number {
  if (rest.includes(quote)) return first;
  const last = lines.findIndex((line, index) => index > first && line.includes(quote));
  return last === -1 ? first : last;
}

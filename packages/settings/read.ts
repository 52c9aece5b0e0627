import { parseArgs } from "node:util";
import type { Setting } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import { flagOf, type SettingsTable, type Values, variableOf, wordOf } from "./table.ts";

export type Origin = "default" | "file" | "environment" | "flag";

/** A configuration file: native values by the names of the table's rows. */
export interface SettingsFile {
  /** For messages. */
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Reading<Table> {
  readonly values: Values<Table>;
  readonly origins: Readonly<Record<string, Origin>>;
  /** The words of the command line that are not flags. */
  readonly operands: readonly string[];
}

/** A wrong setting. The message is one line with what is allowed. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

type Rows = Record<string, Setting<unknown>>;

/**
 * Reads a table. A flag overrides a variable, which overrides the file, which overrides the default.
 * @throws SettingError for a value that is not allowed, or an unknown name with the table's prefix
 */
export function readSettings<Table extends SettingsTable<Rows>>(
  table: Table,
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
  file?: SettingsFile,
): Reading<Table> {
  refuseUnknownVariables(table, environment);
  if (file !== undefined) refuseUnknownRows(table, file);
  const { flags, operands } = readFlags(table, args);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, setting] of Object.entries(table.rows)) {
    const variable = variableOf(table.prefix, name, setting);
    const flag = flags[flagOf(name)];
    // Compose passes an unset variable as an empty one: it means "not set".
    const sources: [Origin, string, string | undefined][] = [
      ["flag", `--${flagOf(name)}`, flag],
      ["environment", variable, environment[variable]],
      ["file", `${file?.path}: ${name}`, fileWord(file?.values[name])],
    ];
    const given = sources.find(([, , word]) => word !== undefined && word !== "");
    values[name] = given ? readWord(setting, given[1], given[2] ?? "") : setting.default;
    origins[name] = given?.[0] ?? "default";
  }
  return { values: values as Values<Table>, origins, operands };
}

function readWord(setting: Setting<unknown>, source: string, word: string): unknown {
  const value = setting.read(word);
  if (value === undefined) {
    const given = setting.confidential ? "" : `=${JSON.stringify(word)}`;
    throw new SettingError(`${source}${given}: expected ${setting.allowed}`);
  }
  return value;
}

function fileWord(value: unknown): string | undefined {
  return value === undefined ? undefined : wordOf(value);
}

function refuseUnknownRows(table: SettingsTable<Rows>, file: SettingsFile): void {
  const known = Object.keys(table.rows);
  for (const name of Object.keys(file.values)) {
    if (known.includes(name)) continue;
    throw new SettingError(`${file.path}: ${name}: no such setting${suggestion(name, known)}`);
  }
}

function refuseUnknownVariables(
  table: SettingsTable<Rows>,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const known = variablesOf(table);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(`${table.prefix}_`) || known.includes(name)) continue;
    throw new SettingError(`${name}: no such setting${suggestion(name, known)}`);
  }
}

export function variablesOf(table: SettingsTable<Rows>): string[] {
  return Object.entries(table.rows).map(([name, row]) => variableOf(table.prefix, name, row));
}

function readFlags(table: SettingsTable<Rows>, args: readonly string[]) {
  const rows = Object.entries(table.rows);
  const names = rows.map(([name]) => flagOf(name));
  const lists = rows.filter(([, row]) => row.kind === "list").map(([name]) => flagOf(name));
  const flags: Record<string, string> = {};
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    if (!names.includes(token.name)) {
      const known = names.map((name) => `--${name}`);
      throw new SettingError(
        `${token.rawName}: no such flag${suggestion(`--${token.name}`, known)}`,
      );
    }
    if (token.value === undefined) throw new SettingError(`${token.rawName}: needs a value`);
    // A list may be several flags; of other kinds the last flag counts.
    const former = lists.includes(token.name) ? flags[token.name] : undefined;
    flags[token.name] = former === undefined ? token.value : `${former},${token.value}`;
  }
  return { flags, operands: positionals };
}

function suggestion(name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  return close === undefined ? "" : `; did you mean ${close}?`;
}

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

/**
 * Reads a table. A flag overrides a variable, which overrides the file, which overrides the default.
 * @throws SettingError for a value that is not allowed, or an unknown name with the table's prefix
 */
export function readSettings<Table extends SettingsTable>(
  table: Table,
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
  file?: SettingsFile,
): Reading<Table> {
  const ours = Object.keys(environment).filter((name) => name.startsWith(`${table.prefix}_`));
  for (const name of ours) refuseUnknown(name, `${name}: no such setting`, variablesOf(table));
  for (const name of Object.keys(file?.values ?? {})) {
    refuseUnknown(name, `${file?.path}: ${name}: no such setting`, Object.keys(table.rows));
  }
  const { flags, operands } = readFlags(table, args);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, setting] of Object.entries(table.rows)) {
    const variable = variableOf(table.prefix, name, setting);
    const inFile = file?.values[name];
    // Compose passes an unset variable as an empty one: it means "not set".
    const sources: [Origin, string, string | undefined][] = [
      ["flag", `--${flagOf(name)}`, flags[flagOf(name)]],
      ["environment", variable, environment[variable]],
      ["file", `${file?.path}: ${name}`, inFile === undefined ? "" : wordOf(inFile)],
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

function refuseUnknown(name: string, message: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const close = nearest(name, known);
  throw new SettingError(close === undefined ? message : `${message}; did you mean ${close}?`);
}

export function variablesOf(table: SettingsTable): string[] {
  return Object.entries(table.rows).map(([name, row]) => variableOf(table.prefix, name, row));
}

function readFlags(table: SettingsTable, args: readonly string[]) {
  const rows = new Map(Object.entries(table.rows).map(([name, row]) => [`--${flagOf(name)}`, row]));
  const flags: Record<string, string> = {};
  const options = Object.fromEntries(
    Object.keys(table.rows).map((name) => [flagOf(name), { type: "string" as const }]),
  );
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const flag = `--${token.name}`;
    refuseUnknown(flag, `${token.rawName}: no such flag`, [...rows.keys()]);
    if (token.value === undefined) throw new SettingError(`${token.rawName}: needs a value`);
    // A list may be several flags; of other kinds the last flag counts.
    const former = rows.get(flag)?.isList ? flags[token.name] : undefined;
    flags[token.name] = former === undefined ? token.value : `${former},${token.value}`;
  }
  return { flags, operands: positionals };
}

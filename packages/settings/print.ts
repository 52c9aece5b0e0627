import type { Setting } from "./kinds.ts";
import type { Reading } from "./read.ts";
import { flagOf, type SettingsTable, variableOf, wordOf } from "./table.ts";

type Rows = Record<string, Setting<unknown>>;

/** What --print-config shows: a line a setting, its value and where it came from. */
export function printConfig<Table extends SettingsTable<Rows>>(
  table: Table,
  reading: Reading<Table>,
): string {
  const lines = Object.entries(table.rows).map(([name, setting]) => {
    const value = (reading.values as Record<string, unknown>)[name];
    return `${variableOf(table.prefix, name, setting)}=${wordOf(value)}\t# ${reading.origins[name]}`;
  });
  return `${lines.join("\n")}\n`;
}

/** The table as a section of the manual, in Markdown. */
export function manualSection(title: string, table: SettingsTable<Rows>): string {
  const lines = Object.entries(table.rows).map(([name, setting]) => {
    const variable = `\`${variableOf(table.prefix, name, setting)}\``;
    const standard = setting.default === "" ? "" : `\`${wordOf(setting.default)}\``;
    return `| ${variable} | \`--${flagOf(name)}\` | ${standard} | ${setting.allowed} | ${setting.why} |`;
  });
  return [
    `## ${title}`,
    "",
    "| variable | flag | default | allowed | why |",
    "|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

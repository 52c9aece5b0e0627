import type { Reading } from "./read.ts";
import { flagOf, type SettingsTable, variableOf, wordOf } from "./table.ts";

/** The output of --print-config: one line per setting, with its value and its origin. */
export function printConfig(table: SettingsTable, reading: Reading<SettingsTable>): string {
  const lines = Object.entries(table.rows).map(([name, setting]) => {
    const word = wordOf(reading.values[name]);
    return `${variableOf(table.prefix, name, setting)}=${word}\t# ${reading.origins[name]}`;
  });
  return `${lines.join("\n")}\n`;
}

/** The table as a section of the manual. @param flags whether the settings are flags too */
export function manualSection(
  title: string,
  table: SettingsTable,
  { flags }: { readonly flags: boolean },
): string {
  const lines = Object.entries(table.rows).map(([name, setting]) => {
    const word = wordOf(setting.default);
    return row([
      code(variableOf(table.prefix, name, setting)),
      ...(flags ? [code(`--${flagOf(name)}`)] : []),
      word === "" ? "" : code(word),
      setting.allowed,
      setting.why,
    ]);
  });
  const head = ["variable", ...(flags ? ["flag"] : []), "default", "allowed", "why"];
  return [`## ${title}`, "", row(head), row(head.map(() => "---")), ...lines, ""].join("\n");
}

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const code = (word: string) => `\`${word}\``;

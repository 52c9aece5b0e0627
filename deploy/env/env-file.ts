import { parseEnv } from "node:util";

/** Reads the text of an .env file as Compose does for plain values. */
export function readEnv(text: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parseEnv(text)).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** The line that sets a variable, counted from 1; undefined if none does. */
export function lineOf(text: string, name: string): number | undefined {
  const index = text.split("\n").findIndex((line) => setsVariable(line, name));
  return index === -1 ? undefined : index + 1;
}

/**
 * Sets a variable in the text of an .env file: the live line is changed, else the first commented
 * one is brought to life, else a line is added. All other lines, comments included, stay.
 */
export function withVariable(text: string, name: string, value: string): string {
  const lines = text.split("\n");
  const live = lines.findIndex((line) => setsVariable(line, name));
  const index = live === -1 ? lines.findIndex((line) => line.startsWith(`#${name}=`)) : live;
  if (index === -1) return `${text.replace(/\n*$/, "\n")}${name}=${value}\n`;
  return lines.with(index, `${name}=${value}`).join("\n");
}

function setsVariable(line: string, name: string): boolean {
  return line
    .trimStart()
    .replace(/^export\s+/, "")
    .startsWith(`${name}=`);
}

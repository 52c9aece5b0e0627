import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { readEnv, withVariable } from "../../env/environment.ts";
import { Problem } from "../../problem.ts";

/** The first line of an app.env that a deploy has written. */
export const WRITTEN = "# Written by each deploy from the environment's file and its secrets.\n";

/**
 * The text of a server's .env with the lines of its environment. A line that the environment no longer has is again
 * what .env.example says; all others, such as the release that runs, stay.
 * @param before the text of .env; "" on a new server
 * @param example the text of .env.example
 * @param lines what the environment sets
 * @param former the names that it set the last time
 */
export function mergedEnv(
  before: string,
  example: string,
  lines: Readonly<Record<string, string>>,
  former: readonly string[],
): string {
  const defaults = readEnv(example);
  let text = before === "" ? example : before;
  for (const name of former) {
    if (name in lines) continue;
    const standard = defaults[name];
    text = standard === undefined ? without(text, name) : withVariable(text, name, standard);
  }
  for (const [name, value] of Object.entries(lines))
    text = withVariable(text, name, word(name, value));
  return text;
}

/** The text of app.env. The environment's lines are all there is, if it has any. */
export function applicationEnv(lines: Readonly<Record<string, string>>): string {
  return `${WRITTEN}${Object.entries(lines)
    .map(([name, value]) => `${name}=${word(name, value)}\n`)
    .join("")}`;
}

/**
 * A value as Compose and Node both read it back: quoted where a character of it would mean something.
 * @throws Problem for one that no quotes can hold; the message does not have it
 */
function word(name: string, value: string): string {
  if (/^[^\s'"`#$\\]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  if (!/["$\\\n]/.test(value)) return `"${value}"`;
  throw new Problem(
    `${name}: a value with ' beside ", $, a backslash or a new line cannot be written into an .env file: change it`,
    CONFIG_EXIT_CODE,
  );
}

function without(text: string, name: string): string {
  const lines = text.split("\n");
  return lines.filter((line) => !line.startsWith(`${name}=`)).join("\n");
}

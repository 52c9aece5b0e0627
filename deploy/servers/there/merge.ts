import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { readEnv, withoutVariable, withVariable } from "../../env/environment.ts";
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
    text =
      standard === undefined ? withoutVariable(text, name) : withVariable(text, name, standard);
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
  if (/^[^\s'"`#$]*$/.test(value)) return value;
  if (value.endsWith("\\")) {
    // Compose takes a backslash before the closing quote for a part of the value; without quotes it means nothing.
    if (/^[^\s'"`#$][^\r\n'"`#$]*$/.test(value)) return value;
  } else {
    if (!value.includes("'")) return `'${value}'`;
    if (!/["$\\\n]/.test(value)) return `"${value}"`;
  }
  throw new Problem(
    `${name}: a value with ' beside ", $, a backslash or a new line, or one with quotes, #, $ or a new line that ends with ` +
      "a backslash, cannot be written into an .env file: change it",
    CONFIG_EXIT_CODE,
  );
}

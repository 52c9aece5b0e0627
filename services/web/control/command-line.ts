import { parseArgs } from "node:util";
import { flagOf } from "@gatehouse/settings";
import { webSettings } from "../settings.ts";
import type { Verb } from "./verb.ts";

/** What a command line asks for: the words for the verb, and the flags that are settings. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly flags: readonly string[];
}

/**
 * Reads what follows a verb.
 * @throws Error for a flag or a word that the verb does not have.
 */
export function readCommandLine(verb: Verb, args: readonly string[]): CommandLine {
  const settings = Object.keys(webSettings.rows).map(flagOf);
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...Object.fromEntries(settings.map((flag) => [flag, { type: "string" as const }])),
      ...OWN_FLAGS[verb],
    },
  });
  const given = new Map(Object.entries(values));
  const flags = settings.flatMap((flag) =>
    given.has(flag) ? [`--${flag}=${given.get(flag)}`] : [],
  );
  const [operand, ...more] = positionals;
  const own = Object.keys(OWN_FLAGS[verb]).filter((flag) => given.has(flag));
  const takesOperand = verb === "pause" || (verb === "purge" && !given.has("all"));
  const surplus = takesOperand ? more[0] : operand;
  if (surplus !== undefined) throw new Error(`${verb}: what is ${JSON.stringify(surplus)} for?`);
  if (own.length > 1) throw new Error(`${verb}: --${own.join(" or --")}, not both`);
  return { words: wordsOf(verb, given, operand), flags };
}

const OWN_FLAGS: Readonly<Record<Verb, Record<string, { type: "string" | "boolean" }>>> = {
  pause: {},
  resume: {},
  maintenance: { message: { type: "string" } },
  live: {},
  purge: { prefix: { type: "boolean" }, all: { type: "boolean" } },
  reload: {},
  status: {},
};

function wordsOf(verb: Verb, given: ReadonlyMap<string, unknown>, operand: string | undefined) {
  switch (verb) {
    case "maintenance":
      return given.has("message") ? [String(given.get("message"))] : [];
    case "purge":
      if (given.has("all")) return ["all"];
      return [given.has("prefix") ? "prefix" : "address", operand ?? ""];
    default:
      return operand === undefined ? [] : [operand];
  }
}

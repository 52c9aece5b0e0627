import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { flagOf, nearest, SettingError } from "@gatehouse/settings";
import { reasonOf } from "@gatehouse/telemetry";
import { callVerb } from "./control-socket.ts";
import type { VerbCall, VerbTable } from "./verbs.ts";

/** Exit codes of a verb; the last is EX_UNAVAILABLE of sysexits.h. */
const [DONE, FAILED, UNAVAILABLE] = [0, 1, 69];
const REPEAT_INTERVAL = 1000;

interface Target {
  /** What the service is called in messages: "edge", "gateway". */
  readonly name: string;
  /** The names of its settings, which are flags of every verb. */
  readonly settings: readonly string[];
  /** The control socket by these flags of settings; undefined where it is off. */
  readonly socket: (flags: readonly string[]) => string | undefined | Promise<string | undefined>;
}

/** Runs `main.ts VERB ...`. @returns the exit code; undefined where the first word is no verb */
export async function runCommand<Service>(
  verbs: VerbTable<Service>,
  args: readonly string[],
  target: Target,
): Promise<number | undefined> {
  const settings = target.settings.map(flagOf);
  const [word = ""] = parse(args, settings, {}, false).positionals;
  const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
  if (verb === undefined) return undefined;
  try {
    const { values, positionals, tokens } = parse(args, settings, verb.flags ?? {}, true);
    const [, operand, ...surplus] = positionals;
    const unexpected = verb.operand === undefined ? operand : surplus[0];
    if (unexpected !== undefined) {
      throw new Error(`${word}: unexpected word ${JSON.stringify(unexpected)}`);
    }
    const own = Object.keys(verb.flags ?? {}).map((name) => [name, values[name]]);
    const call: VerbCall = { operand, flags: Object.fromEntries(own) };
    const given = tokens.flatMap((token) =>
      token.kind === "option" && settings.includes(token.name)
        ? [`--${token.name}=${token.value}`]
        : [],
    );
    const path = await target.socket(given);
    if (path === undefined) {
      throw new Error("the control socket is off: name one with --control-socket");
    }
    do {
      const result = await callVerb(path, word, call);
      if (result === undefined) return fail(`no ${target.name} listens on ${path}`, UNAVAILABLE);
      if (!result.ok) throw new Error([result.text, result.detail].filter(Boolean).join("\n"));
      if (verb.show === undefined) process.stdout.write(`${result.text}\n`);
      else verb.show(result.text, call);
      if (call.flags.watch === true) await pause(REPEAT_INTERVAL);
    } while (call.flags.watch === true);
    return DONE;
  } catch (error) {
    if (error instanceof SettingError) throw error;
    return fail(reasonOf(error), FAILED);
  }
}

export function unknownVerb<Service>(word: string, verbs: VerbTable<Service>): SettingError {
  const known = Object.keys(verbs);
  const close = nearest(word, known);
  const advice = close === undefined ? `there are ${known.join(", ")}` : `did you mean ${close}?`;
  return new SettingError(`${word}: no such verb; ${advice}`);
}

function parse(
  args: readonly string[],
  settings: readonly string[],
  own: Readonly<Record<string, "string" | "boolean">>,
  strict: boolean,
) {
  const options = [
    ...settings.map((name) => [name, { type: "string", multiple: true }] as const),
    ...Object.entries(own).map(([name, type]) => [name, { type }] as const),
  ];
  return parseArgs({
    args: [...args],
    options: Object.fromEntries(options),
    allowPositionals: true,
    strict,
    tokens: true,
  });
}

function fail(reason: string, code: number): number {
  process.stderr.write(`${reason}\n`);
  return code;
}

import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { flagOf, nearest, SettingError } from "@gatehouse/settings";
import { reasonOf } from "@gatehouse/telemetry";
import { callVerb, ping, type VerbResult } from "./control-socket.ts";
import type { VerbCall, VerbTable } from "./verbs.ts";

/** Exit codes of a verb; the last is EX_UNAVAILABLE of sysexits.h. */
const [DONE, FAILED, UNAVAILABLE] = [0, 1, 69];
const REPEAT_INTERVAL = 1000;
/** Milliseconds between two pings of another service whose verb is not done. */
const PING_INTERVAL = 1000;
/** Milliseconds within which a service that runs responds to a ping. */
const PING_TIMEOUT = 20_000;

interface Target {
  /** What the service is called in messages: "edge", "gateway". */
  readonly name: string;
  /** The names of its settings, which are flags of every verb. */
  readonly settings: readonly string[];
  /**
   * The control sockets by these flags of settings, the own one first; none where it is off. A verb goes to all of them.
   */
  readonly sockets: (flags: readonly string[]) => readonly string[] | Promise<readonly string[]>;
  readonly pingTimeout?: number;
}

/** A verb that another service was sent. */
interface Sent {
  readonly path: string;
  readonly result: Promise<VerbResult | undefined>;
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
    const [path, ...others] = await target.sockets(given);
    if (path === undefined) {
      throw new Error("the control socket is off: name one with --control-socket");
    }
    do {
      const send = (to: string): Sent => ({ path: to, result: callVerb(to, word, call) });
      const sent = verb.alone ? [] : others.map(send);
      const result = await callVerb(path, word, call);
      const results = [result, ...(await resultsOf(sent, target))];
      const bad = results.find((each) => each?.ok === false);
      if (bad !== undefined) throw new Error([bad.text, bad.detail].filter(Boolean).join("\n"));
      if (result === undefined) return fail(`no ${target.name} listens on ${path}`, UNAVAILABLE);
      const texts = new Set(results.flatMap((each) => (each === undefined ? [] : [each.text])));
      for (const text of texts) {
        if (verb.show === undefined) process.stdout.write(`${text}\n`);
        else verb.show(text, call);
      }
      if (call.flags.watch === true) await pause(REPEAT_INTERVAL);
    } while (call.flags.watch === true);
    return DONE;
  } catch (error) {
    if (error instanceof SettingError) throw error;
    return fail(reasonOf(error), FAILED);
  }
}

/**
 * What the others did; one that has ended has no result. A verb may take minutes, as long as its service runs.
 * @throws Error if one of them is frozen
 */
async function resultsOf(
  sent: readonly Sent[],
  { name, pingTimeout = PING_TIMEOUT }: Target,
): Promise<readonly (VerbResult | undefined)[]> {
  const over = new AbortController();
  const { signal } = over;
  const frozen = sent.map(async ({ path }) => {
    const late = () => pause(pingTimeout, "late", { signal });
    while ((await Promise.race([ping(path), late()])) !== "late") {
      await pause(PING_INTERVAL, undefined, { signal });
    }
    throw new Error(`another ${name} does not respond: the others have done it`);
  });
  try {
    return await Promise.race([Promise.all(sent.map(({ result }) => result)), ...frozen]);
  } finally {
    over.abort();
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

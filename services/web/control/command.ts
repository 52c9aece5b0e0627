import { readSettings, refuseStart } from "@gatehouse/settings";
import { callVerb, controlPath } from "@gatehouse/telemetry";
import { webSettings } from "../settings.ts";
import { type CommandLine, readCommandLine } from "./command-line.ts";
import type { Verb } from "./verb.ts";

/** Exit codes of the verbs; the last is EX_UNAVAILABLE of sysexits.h. */
const DONE = 0;
const FAILED = 1;
const NO_EDGE = 69;

/**
 * Runs `main.ts VERB ...` against the edge of the same settings, and waits for the result.
 * @param args what follows the verb
 * @returns the exit code.
 */
export async function command(verb: Verb, args: readonly string[]): Promise<number> {
  let line: CommandLine;
  try {
    line = readCommandLine(verb, args);
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error), FAILED);
  }
  const { controlSocket, httpPort } = settingsOf(line.flags);
  const path = controlPath("web", controlSocket, httpPort);
  if (path === undefined) {
    return complain("the control socket is off: name one with --control-socket", FAILED);
  }
  const result = await callVerb(path, verb, line.words);
  if (result === undefined) return complain(`no edge listens on ${path}`, NO_EDGE);
  if (!result.ok) return complain([result.told, result.detail].filter(Boolean).join("\n"), FAILED);
  process.stdout.write(`${result.told}\n`);
  return DONE;
}

function settingsOf(flags: readonly string[]) {
  try {
    return readSettings(webSettings, process.env, flags).values;
  } catch (error) {
    refuseStart(error);
  }
}

function complain(why: string, code: number): number {
  process.stderr.write(`${why}\n`);
  return code;
}

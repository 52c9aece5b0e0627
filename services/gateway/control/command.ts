import { setTimeout as pause } from "node:timers/promises";
import { callVerb, controlPath } from "@gatehouse/telemetry";
import type { GatewaySettings } from "../settings.ts";
import { statusTable } from "./status.ts";
import type { Verb } from "./verb.ts";

/** Exit codes of the verbs; the last is EX_UNAVAILABLE of sysexits.h. */
const DONE = 0;
const FAILED = 1;
const NO_GATEWAY = 69;

const REDRAW = 1000;
/** Draws over what stands there, line by line: a cleared screen would flicker. */
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K\n";
const CLEAR_BELOW = "\x1b[J";

/**
 * Runs `gateway VERB [OPERAND]` against the gateway of these settings, and waits for the result.
 * @param watch draws the status anew every second, until interrupted.
 * @returns the exit code.
 */
export async function command(
  settings: GatewaySettings,
  verb: Verb,
  operand: string | undefined,
  watch: boolean,
): Promise<number> {
  const path = controlPath("gateway", settings.controlSocket, settings.port);
  if (path === undefined)
    return complain("the control socket is off: name one with --control-socket");
  if ((verb === "scale" || verb === "kill" || verb === "dump") && !/^\d+$/.test(operand ?? "")) {
    return complain(`gateway ${verb}: expected a number after it`);
  }
  do {
    const result = await callVerb(path, verb, operand === undefined ? [] : [operand]);
    if (result === undefined) return complain(`no gateway listens on ${path}`, NO_GATEWAY);
    if (!result.ok) return complain([result.told, result.detail].filter(Boolean).join("\n"));
    if (verb !== "status") process.stdout.write(`${result.told}\n`);
    else show(result.told, watch);
    if (watch) await pause(REDRAW);
  } while (watch);
  return DONE;
}

function show(status: string, watch: boolean): void {
  if (!process.stdout.isTTY) {
    process.stdout.write(`${status}\n`);
    return;
  }
  const table = statusTable(JSON.parse(status), process.stdout.columns || undefined);
  const drawn = HOME + table.replaceAll("\n", CLEAR_LINE) + CLEAR_BELOW;
  process.stdout.write(watch ? drawn : table);
}

function complain(why: string, code = FAILED): number {
  process.stderr.write(`${why}\n`);
  return code;
}

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { root } from "../stack/clone.ts";
import { interruption } from "../stack/run.ts";
import { ChaosStack } from "./chaos-stack.ts";
import { type Sight, seenBy } from "./evidence.ts";
import type { Fault } from "./fault.ts";
import { Load } from "./load.ts";
import type { Outcome } from "./outcome.ts";
import { chaosPage } from "./report/page.ts";
import { line } from "./report/terminal.ts";
import { judge } from "./verdict.ts";

/** Seconds of load before a fault, and at least after it. */
const BEFORE = 3;
const AFTER = 8;
/** Seconds of load beyond those in which it must have recovered. */
const BEYOND = 2;

/** Runs the faults one after the other on one stack, and writes the report. @returns an exit code */
export async function chaos(faults: readonly Fault[]): Promise<number> {
  await using stack = await ChaosStack.start();
  const outcomes: Outcome[] = [];
  for (const fault of faults) {
    interruption().throwIfAborted();
    const outcome = await outcomeOf(stack, fault);
    outcomes.push(outcome);
    process.stdout.write(`${line(outcome)}\n`);
  }
  const folder = join(root, "reports/chaos");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "chaos.html"), chaosPage(outcomes, new Date()));
  const missed = outcomes.filter(({ verdict }) => verdict.missed.length > 0).length;
  const held = outcomes.length - missed;
  process.stdout.write(`${held} of ${outcomes.length} held; the report: ${folder}/chaos.html\n`);
  return missed === 0 ? 0 : 1;
}

async function outcomeOf(stack: ChaosStack, fault: Fault): Promise<Outcome> {
  const name = `${fault.name}-${Date.now().toString(36)}`;
  const rest = Math.max(AFTER, fault.bars.recovers + BEYOND);
  const load = await Load.start(stack, name, BEFORE + fault.seconds + rest);
  await pause(BEFORE * 1000);
  const unread: string[] = [];
  const sight = await fault.evidence(stack).catch((error: Error): Sight => {
    unread.push(`what it changes cannot be read before it: ${error.message}`);
    return async () => undefined;
  });
  const read = async (): Promise<unknown> =>
    await fault.leaves?.(stack).catch((error: Error) => `what cannot be read: ${error.message}`);
  const before = await read();
  const begin = Date.now();
  const planned = begin + fault.seconds * 1000;
  // To begin some takes as long as they are there.
  const seen = seenBy(sight, planned);
  await fault.begin(stack);
  const evidence = (await seen) ?? (await seenBy(sight, planned));
  await pause(Math.max(0, planned - Date.now()));
  await fault.end?.(stack);
  const span = { begin, end: Date.now() };
  const run = await load.end();
  const healed = await stack.healed().then(
    () => [],
    (error: Error) => [`it did not heal: ${error.message.split("\n")[0]}`],
  );
  const after = healed.length === 0 ? await read() : before;
  const stored = await stack.notesOf(name);
  const verdict = judge(fault, { run, span, stored, evidence });
  const kept = isDeepStrictEqual(before, after) ? [] : [`there was ${before}, there is ${after}`];
  const missed = [...unread, ...verdict.missed, ...kept, ...healed];
  return { fault, run, span, verdict: { ...verdict, missed } };
}

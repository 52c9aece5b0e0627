import { seededRandom } from "@gatehouse/http/corpus";
import { Innocent } from "./innocent.ts";
import { afterStorm, type Baseline, baselineOf } from "./invariants.ts";
import type { Random, Storm } from "./storm.ts";
import { requests } from "./storms/http1.ts";
import { frames } from "./storms/http2.ts";
import { brokenResponses } from "./storms/responses.ts";
import { webSockets } from "./storms/websockets.ts";
import { HASTY, startTargets, type Targets } from "./targets.ts";

/**
 * `node infra-tests/fuzz/main.ts [SECONDS [SEED]]` lets hostile clients loose on an edge and a gateway,
 * and checks after each storm that both are as they were before. Variables: SECONDS (default: 120) is
 * the length of a run, SEED (default: another one each time) repeats it, STORM names one kind.
 */
const STORMS = [requests, frames, webSockets, brokenResponses];
/** How many clients there are at a time. */
const CLIENTS = 40;
/** The part of a storm after which memory is weighed: until then caches and heaps grow. */
const BEGINNING = 0.4;

const [, , givenSeconds = "120", givenSeed = Math.floor(Math.random() * 2 ** 31)] = process.argv;
const seed = Number(process.env.SEED ?? givenSeed);
const seconds = Number(process.env.SECONDS ?? givenSeconds);
const storms = STORMS.filter(({ name }) => name.includes(process.env.STORM ?? ""));
if (!Number.isSafeInteger(seed) || !(seconds > 0) || storms.length === 0) {
  const names = STORMS.map(({ name }) => name).join(", ");
  process.stderr.write(`fuzz: expected SEED and SECONDS as numbers, and a STORM of: ${names}\n`);
  process.exit(2);
}
process.stdout.write(`fuzz: SEED=${seed} SECONDS=${seconds}\n`);

const targets = await startTargets(HASTY);
const innocent = new Innocent(targets.edge.http, "127.0.0.1");
const wrong: string[] = [];
try {
  for (const [at, storm] of storms.entries()) {
    wrong.push(...(await judge(storm, targets, seconds / storms.length, at)));
  }
} catch (error) {
  wrong.push(String(error));
  process.stdout.write(`  the run broke off: ${error}\n`);
} finally {
  innocent.stop();
  await targets.stop();
}
if (wrong.length > 0) {
  const again = `make fuzz SEED=${seed} SECONDS=${seconds}`;
  process.stdout.write(`fuzz: ${wrong.length} faults; the same run again: ${again}\n`);
  process.exitCode = 1;
}

/** Keeps a number of clients busy for a time. @returns how many there were */
async function rage(storm: Storm, at: Targets, time: number, round: number): Promise<number> {
  const random = seededRandom(seed * 31 + round);
  const end = performance.now() + time * 1000;
  let count = 0;
  const lane = async (own: Random) => {
    while (performance.now() < end) {
      count++;
      await storm.client(at, own);
    }
  };
  const lanes = Array.from({ length: CLIENTS }, () => lane(seededRandom(random() * 2 ** 32)));
  await Promise.all(lanes);
  return count;
}

/** A storm in two parts, with what is wrong after each. @param time in seconds */
async function judge(storm: Storm, { servers }: Targets, time: number, round: number) {
  const faults: string[] = [];
  const calmDown = async (baselines: readonly Baseline[]): Promise<number> => {
    const began = performance.now();
    const all = servers.map((server, at) => afterStorm(server, baselines[at]));
    faults.push(...(await Promise.all(all)).flat());
    return performance.now() - began;
  };
  innocent.take();
  const before = servers.map(({ pids }) => ({
    pids,
    descriptors: Number.POSITIVE_INFINITY,
    memory: Number.POSITIVE_INFINITY,
  }));
  let clients = await rage(storm, targets, time * BEGINNING, 2 * round);
  let calm = await calmDown(before);
  const between = servers.map(baselineOf);
  clients += await rage(storm, targets, time * (1 - BEGINNING), 2 * round + 1);
  calm = Math.max(calm, await calmDown(between));
  const visitor = innocent.take();
  faults.push(...visitor.wrong.map((what) => `the innocent visitor: ${what}`));
  const verdict = faults.length === 0 ? "ok" : `${faults.length} faults`;
  const pages = `${visitor.asked} pages, the slowest ${visitor.slowest} ms`;
  const seconds = (calm / 1000).toFixed(1);
  process.stdout.write(
    `  ${storm.name}: ${clients} clients; ${pages}; calm after ${seconds} s; ${verdict}\n`,
  );
  for (const fault of faults) process.stdout.write(`    ${fault}\n`);
  return faults;
}

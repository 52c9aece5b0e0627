import { seededRandom } from "@gatehouse/http/corpus";
import { Innocent } from "./innocent.ts";
import { afterStorm, type Baseline, baselineOf } from "./invariants.ts";
import type { ServerProcess } from "./server-process.ts";
import type { Random, Storm } from "./storm.ts";
import { requests } from "./storms/http1.ts";
import { frames } from "./storms/http2.ts";
import { brokenResponses } from "./storms/responses.ts";
import { webSockets } from "./storms/websockets.ts";
import { startTargets, type Targets } from "./targets.ts";

/**
 * `node infra-tests/fuzz/main.ts [SECONDS [SEED]]` lets hostile clients loose on an edge and a gateway,
 * and checks after each storm that both are as they were before. Variables: SECONDS (default: 120) is
 * the length of a run, SEED (default: another one each time) repeats it, STORM names one kind.
 */
const STORMS = [requests, frames, webSockets, brokenResponses];
/** How many clients there are at a time. */
const CLIENTS = 40;
/** Of the time of a run, as long as the servers warm up. */
const WARM_UP = 0.15;

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

const targets = await startTargets();
const innocent = new Innocent(targets.edge.http);
const wrong: string[] = [];
try {
  // Memory grows until code is compiled and pools are filled: the storms are compared with that.
  for (const storm of storms) await rage(storm, targets, (seconds * WARM_UP) / storms.length, 0);
  const before = new Map(targets.servers.map((server) => [server, baselineOf(server)]));
  innocent.take();
  for (const [at, storm] of storms.entries()) {
    const share = (seconds * (1 - WARM_UP)) / storms.length;
    const clients = await rage(storm, targets, share, at + 1);
    wrong.push(...(await judge(storm, clients, before)));
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

async function judge(
  { name }: Storm,
  clients: number,
  before: ReadonlyMap<ServerProcess, Baseline>,
): Promise<string[]> {
  const began = performance.now();
  const judged = [...before].map(([server, baseline]) => afterStorm(server, baseline));
  const faults = (await Promise.all(judged)).flat();
  const visitor = innocent.take();
  faults.push(...visitor.wrong.map((what) => `the innocent visitor: ${what}`));
  const calm = ((performance.now() - began) / 1000).toFixed(1);
  const verdict = faults.length === 0 ? "ok" : `${faults.length} faults`;
  const pages = `${visitor.asked} pages, the slowest ${visitor.slowest} ms`;
  process.stdout.write(
    `  ${name}: ${clients} clients; ${pages}; calm after ${calm} s; ${verdict}\n`,
  );
  for (const fault of faults) process.stdout.write(`    ${fault}\n`);
  return faults;
}

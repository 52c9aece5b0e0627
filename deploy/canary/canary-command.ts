import { setTimeout } from "node:timers/promises";
import { openClone } from "../clone.ts";
import { ensureImages, stackImages } from "../images.ts";
import { Interruption } from "../interruption.ts";
import { callEdges } from "../maintenance/edge-mode.ts";
import { BUSY_EXIT_CODE, Problem } from "../problem.ts";
import { buildRelease } from "../releases/images.ts";
import { Journal } from "../releases/journal.ts";
import { claimDeployLock } from "../releases/lock.ts";
import { requireExpansion } from "../releases/migrations/require.ts";
import { ofService } from "../releases/plan.ts";
import { commitOf, type Release } from "../releases/release.ts";
import { publicHost, runRelease, serves } from "../releases/release-command.ts";
import { deployed } from "../releases/report.ts";
import type { Stack } from "../stack/compose.ts";
import { listContainers } from "../stack/containers.ts";
import { openStack } from "../stack/open.ts";
import { Stages } from "../stages.ts";
import { type Canary, findCanary } from "./container.ts";
import { type Counts, countsOf } from "./counts.ts";
import { complaintOf, ENOUGH, type Side } from "./judge.ts";
import { endCanary, prepareFor, startCanary, takeClients, wakeCanary } from "./trial.ts";

/** Milliseconds between two looks at the counts. */
const LOOK_INTERVAL = 5_000;

/** What the operator asked for: text as written, "" for nothing. */
export interface CanaryOptions {
  readonly percent: string;
  readonly duration: string;
  readonly promote: boolean;
  readonly revert: boolean;
}

/** `make canary`. */
export async function runCanary(
  options: CanaryOptions,
  write: (text: string) => void,
): Promise<void> {
  const stack = await openStack(openClone());
  const { project, edge } = stack.settings;
  if (edge !== "web")
    throw new Problem("EDGE=nginx has no canary: it knows of one release at a time");
  if (!serves(await listContainers(project))) {
    throw new Problem("there is no running stack to try a release on: make up starts one");
  }
  const percent = options.percent === "" ? undefined : Number(options.percent);
  if (percent !== undefined && !(percent > 0 && percent <= 100)) {
    throw new Problem(`PERCENT=${options.percent}: expected a number above 0, up to 100`);
  }
  const duration = durationOf(options.duration);
  const canary = await findCanary(project);
  if (canary === undefined) {
    if (percent === undefined) {
      throw new Problem(
        "there is no canary: make canary PERCENT=10 starts the working tree as one",
      );
    }
    await begin(stack, percent);
  } else if (options.promote) {
    return write(await promote(stack, canary));
  } else if (options.revert) {
    const reason = "by make canary REVERT=1";
    const left = await revert(stack, canary, reason);
    const all = "all clients have the release that runs";
    if (left !== undefined) throw new Problem(`${all}, and ${left}`, BUSY_EXIT_CODE);
    return write(`the canary has ended, ${reason}: ${all}\n`);
  } else if (percent !== undefined) {
    await wakeCanary(project, canary, write);
    await callEdges(project, ["canary", String(percent)]);
  }
  if (duration !== undefined) return await watch(stack, duration, write);
  await show(stack, write);
}

async function begin(stack: Stack, percent: number): Promise<void> {
  const { clone, settings } = stack;
  using _lock = await claimDeployLock(settings.project, "canary");
  const stages = new Stages();
  await stages.run("base images", (say) => ensureImages(settings, stackImages(settings), say));
  await stages.run("migrations", () => requireExpansion(stack));
  let release: Release | undefined;
  await stages.run("build", async () => {
    release = { ...(await buildRelease(stack, false)), web: settings.releaseWeb };
    return release.app;
  });
  if (release === undefined) throw new Error("unreachable: a build makes a release or throws");
  const own = release;
  if (own.app === settings.releaseApp) {
    throw new Problem("there is nothing to try: the application is that of the release that runs");
  }
  await stages.run("migrate, assets", async (say) => {
    await prepareFor(stack, own, say);
    return "done";
  });
  await stages.run("canary", async (say) => {
    const [commit, host] = [await commitOf(clone.root), await publicHost(stack)];
    await startCanary(stack, { release: own, commit, percent, host }, say);
    return `it gets ${percent} % of the clients`;
  });
}

/** Brings the canary's release in as a deploy does, then ends the canary: none of its clients goes back. */
async function promote(stack: Stack, canary: Canary): Promise<string> {
  const stages = new Stages();
  const choose = async (): Promise<Release> => ({
    ...canary.release,
    web: stack.settings.releaseWeb,
  });
  const done = await runRelease({ command: "canary", stack, stages, choose });
  await stages.run("end of the canary", async () => {
    await endCanary(stack.settings.project, canary);
    return "its clients have the same release as all others";
  });
  return deployed({ ...done, stages });
}

/**
 * Gives all clients the release that runs, then ends the canary. The first needs no lock: a deploy or a backup that
 * takes long, or hangs, must not keep clients with a release that fails.
 * @returns what is left of it, in words; undefined if nothing is
 */
async function revert(stack: Stack, canary: Canary, reason: string): Promise<string | undefined> {
  const { project } = stack.settings;
  const start = performance.now();
  await takeClients(project);
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  const journal = await Journal.open(stack);
  const { commit } = canary;
  await journal.add({ command: "canary", outcome: "refused", commit, seconds, reason });
  try {
    using _lock = await claimDeployLock(project, "canary");
    await endCanary(project, canary);
  } catch (error) {
    if (!(error instanceof Problem) || error.exitCode !== BUSY_EXIT_CODE) throw error;
    return `its container is left, without clients: ${error.message}, then make canary REVERT=1 removes it`;
  }
}

/**
 * Watches the counts for a time. A canary that is worse is reverted at once; one that is not is promoted at the end.
 * @throws Problem if it is reverted
 */
async function watch(stack: Stack, duration: number, write: (text: string) => void): Promise<void> {
  using interruption = new Interruption();
  const end = performance.now() + duration;
  let counts = await read(stack);
  while (performance.now() < end) {
    const pause = Math.min(LOOK_INTERVAL, Math.max(0, end - performance.now()));
    await Promise.race([setTimeout(pause), interruption.arrived]);
    interruption.check("the canary serves on; make canary shows it, PROMOTE=1 and REVERT=1 end it");
    counts = await read(stack);
    const complaint = complaintOf(counts.running, counts.canary);
    if (complaint !== undefined) await reject(stack, complaint, write);
  }
  await show(stack, write);
  const { requests } = counts.canary;
  if (requests < ENOUGH)
    await reject(
      stack,
      `it had ${requests} requests, and ${ENOUGH} are too few to judge by`,
      write,
    );
  const canary = await findCanary(stack.settings.project);
  if (canary === undefined) throw new Problem("the canary has gone: another command has ended it");
  write(await promote(stack, canary));
}

async function reject(stack: Stack, reason: string, write: (text: string) => void): Promise<never> {
  await show(stack, write);
  const canary = await findCanary(stack.settings.project);
  const left = canary === undefined ? undefined : await revert(stack, canary, reason);
  throw new Problem(
    `the canary was reverted, all clients have the release that runs: ${reason}` +
      `${left === undefined ? "" : `; ${left}`}`,
  );
}

async function read({ settings }: Stack): Promise<Counts> {
  return await countsOf(ofService(await listContainers(settings.project), "web"));
}

async function show(stack: Stack, write: (text: string) => void): Promise<void> {
  const canary = await findCanary(stack.settings.project);
  if (canary === undefined) return;
  const { percent, running, canary: own } = await read(stack);
  const { release, commit, since, inspected } = canary;
  const state = inspected.State.Status === "running" ? "" : ` (${inspected.State.Status})`;
  write(
    `canary ${release.app}${state}, ${commit || "no commit"}: ${percent} % of the clients, since ${since.slice(0, 19)}Z\n\n` +
      `${row("", "requests", "failed", "p95 ms")}${sideRow("running", running)}${sideRow("canary", own)}\n`,
  );
}

function sideRow(name: string, { requests, failures, p95 }: Side): string {
  const time = Number.isNaN(p95) ? "-" : p95.toFixed(0);
  return row(name, String(requests), String(failures), time);
}

function row(name: string, ...cells: readonly string[]): string {
  return `  ${name.padEnd(9)}${cells.map((cell) => cell.padStart(10)).join("")}\n`;
}

/** Reads "90s", "10m" or "1h", in milliseconds; undefined for "". */
function durationOf(text: string): number | undefined {
  if (text === "") return undefined;
  const [, count, unit = "s"] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) {
    throw new Problem(`FOR=${text}: expected a time like 90s, 10m or 1h`);
  }
  return Number(count) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as "s" | "m" | "h"];
}

import { findCanary } from "../canary/container.ts";
import { readEnvironment } from "../env/environment.ts";
import { Interruption } from "../interruption.ts";
import { Problem } from "../problem.ts";
import type { Stack } from "../stack/compose.ts";
import { type Container, listContainers } from "../stack/containers.ts";
import { startOrUndo } from "../stack/start.ts";
import type { Stages } from "../stages.ts";
import { EdgeCounts } from "./edge-counts.ts";
import { writeRelease } from "./env-file.ts";
import { pruneImages } from "./images.ts";
import { type Entry, Journal } from "./journal.ts";
import { claimDeployLock } from "./lock.ts";
import { ofService } from "./plan.ts";
import { commitOf, type Release, withRelease } from "./release.ts";
import { type Counts, Rollout } from "./rollout.ts";

export interface ReleaseCommand {
  readonly command: Entry["command"];
  readonly stack: Stack;
  readonly stages: Stages;
  /**
   * Makes or finds the release that should run.
   * @param running whether the stack serves now
   */
  readonly choose: (journal: Journal, running: boolean) => Promise<Release>;
}

/** What a command of this kind did. */
export interface Released {
  readonly number: number;
  /** False if the stack did not run before, and was started. */
  readonly ran: boolean;
  readonly changed: readonly string[];
  readonly counts: Counts | undefined;
  readonly warnings: readonly string[];
}

/**
 * Has another release run: on a running stack without losing a request, else by starting it. Everything
 * that comes of it is a line in the journal.
 * @throws Problem if the release is refused: then the one that ran serves on
 */
export async function runRelease(task: ReleaseCommand): Promise<Released> {
  const { command, stack, stages } = task;
  const { clone, settings } = stack;
  using _lock = await claimDeployLock(settings.project, command);
  if (command !== "canary" && (await findCanary(settings.project)) !== undefined) {
    throw new Problem(
      "a canary runs beside the release: make canary PROMOTE=1 or REVERT=1 ends it, then run this again",
    );
  }
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 100) / 10;
  const journal = await Journal.open(stack);
  const containers = await listContainers(settings.project);
  const running = serves(containers);
  using counts = new EdgeCounts();
  if (running) for (const { id } of ofService(containers, "web")) await counts.follow(id);
  counts.begin();
  using interruption = new Interruption();
  const commit = command === "rollback" ? "" : await commitOf(clone.root);
  let made: { readonly number: number; readonly release: Release } | undefined;
  let rollout: Rollout | undefined;
  const kept = () => journal.kept.map((each) => each.release);
  try {
    const release = await task.choose(journal, running);
    made = { release, number: journal.numberOf(release) };
    const next = withRelease(stack, release);
    rollout = new Rollout(next, stages, counts, {
      back: command === "rollback",
      commit: () => writeRelease(clone, release),
      host: await publicHost(stack),
      interruption,
      running: stack,
    });
    const counted = running ? await rollout.run() : undefined;
    const warnings = running ? rollout.warnings : await started(next, stages, release);
    const changed = [...rollout.changed];
    if (!running || changed.length > 0 || journal.current?.number !== made.number) {
      const during = counted?.during;
      await journal.add({
        command,
        outcome: "done",
        ...made,
        commit,
        changed,
        seconds: seconds(),
        during,
      });
    }
    await pruneImages(settings.project, kept());
    return { number: made.number, ran: running, changed, counts: counted, warnings };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (rollout?.committed === true) {
      // It runs, whatever has failed afterwards.
      const changed = [...rollout.changed];
      await journal.add({
        command,
        outcome: "done",
        ...made,
        commit,
        changed,
        seconds: seconds(),
        reason,
      });
    } else {
      const outcome = interruption.received === undefined ? "refused" : "interrupted";
      await journal.add({ command, outcome, commit, seconds: seconds(), reason });
      // The images of a refused release are of no use.
      if (made !== undefined && running && kept().length > 0)
        await pruneImages(settings.project, kept());
    }
    throw interruption.reasonFor(error);
  }
}

/** @returns warnings */
async function started(stack: Stack, stages: Stages, release: Release): Promise<string[]> {
  const warnings: string[] = [];
  await stages.run("start", async (say) => {
    warnings.push(...(await startOrUndo(stack, say)));
    return warnings.length === 0
      ? "every service is healthy"
      : "every service that the site needs is healthy";
  });
  await writeRelease(stack.clone, release);
  return warnings;
}

/**
 * Whether a stack serves, so that a new release must be brought in beside the old one. Its health is not
 * asked for: an overloaded machine fails the checks of what serves.
 */
export function serves(containers: readonly Container[]): boolean {
  const runs = (service: string) =>
    ofService(containers, service).some(({ state }) => state === "running");
  return runs("edge-port") && runs("web");
}

/** The host that visitors use, as the edge sends it to the application. */
export async function publicHost({ clone, settings }: Stack): Promise<string> {
  const { WEB_PUBLIC_ORIGIN } = (await readEnvironment(clone)).file;
  if (WEB_PUBLIC_ORIGIN && URL.canParse(WEB_PUBLIC_ORIGIN)) return new URL(WEB_PUBLIC_ORIGIN).host;
  return `${settings.bind === "0.0.0.0" ? "127.0.0.1" : settings.bind}:${settings.httpsPort}`;
}

import { setTimeout } from "node:timers/promises";
import { seconds } from "../stages.ts";
import { type Container, condition, listContainers } from "./containers.ts";
import { NotReady } from "./not-ready.ts";

const INTERVAL_MS = 500;
/** Intervals between two looks into the log of an application that is still starting. */
const LOOK_EVERY = 5;

/**
 * Prints every change in the condition of a project's containers, and once what keeps an application from being
 * ready, until `over` is aborted.
 * @returns the containers at the end. One that Docker keeps restarting has its last exit code, even
 *   while it runs again
 */
export async function showProgress(
  project: string,
  say: (line: string) => void,
  over: AbortSignal,
): Promise<Container[]> {
  const start = performance.now();
  const shown = new Map<string, string>();
  const exits = new Map<string, number>();
  const notReady = new NotReady(say);
  for (let round = 1; ; round += 1) {
    const last = over.aborted;
    const containers = await listContainers(project);
    for (const container of containers) {
      if (container.exitCode !== undefined) exits.set(container.id, container.exitCode);
      const now = condition(container);
      if (shown.get(container.id) === now) continue;
      shown.set(container.id, now);
      say(`${seconds(performance.now() - start).padStart(7)}  ${container.name.padEnd(12)} ${now}`);
    }
    for (const { id, service, health } of round % LOOK_EVERY === 0 ? containers : []) {
      if (service === "app" && health === "starting") await notReady.look(id);
    }
    if (last) {
      return containers.map((each) =>
        each.health === "healthy" ? each : { ...each, exitCode: exits.get(each.id) },
      );
    }
    await setTimeout(INTERVAL_MS, undefined, { signal: over }).catch(() => {});
  }
}

import { setTimeout } from "node:timers/promises";
import { seconds } from "../stages.ts";
import { type Container, condition, listContainers } from "./containers.ts";

const INTERVAL_MS = 500;

/** The result of some work, and the project's containers after it. */
export interface Seen<T> {
  readonly result: T;
  /**
   * The containers at the end. One that Docker keeps restarting has its last exit code, even while it
   * runs again.
   */
  readonly containers: readonly Container[];
}

/** Prints every change in the condition of a project's containers while some work is done. */
export async function withProgress<T>(
  project: string,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<Seen<T>> {
  const over = new AbortController();
  const watched = watch(project, say, over.signal);
  try {
    return { result: await work(), containers: await finish(over, watched) };
  } finally {
    await finish(over, watched);
  }
}

function finish<T>(over: AbortController, watched: Promise<T>): Promise<T> {
  over.abort();
  return watched;
}

async function watch(
  project: string,
  say: (line: string) => void,
  over: AbortSignal,
): Promise<Container[]> {
  const start = performance.now();
  const shown = new Map<string, string>();
  const exits = new Map<string, number>();
  for (;;) {
    const last = over.aborted;
    const containers = await listContainers(project);
    for (const container of containers) {
      if (container.exitCode !== undefined) exits.set(container.id, container.exitCode);
      const now = condition(container);
      if (shown.get(container.id) === now) continue;
      shown.set(container.id, now);
      say(`${seconds(performance.now() - start).padStart(7)}  ${container.name.padEnd(12)} ${now}`);
    }
    if (last) return containers.map((each) => withLastExit(each, exits.get(each.id)));
    await setTimeout(INTERVAL_MS, undefined, { signal: over }).catch(() => {});
  }
}

function withLastExit(container: Container, exitCode: number | undefined): Container {
  return container.health === "healthy" ? container : { ...container, exitCode };
}

import { Problem } from "../problem.ts";
import { untilHealthy } from "../releases/replicas.ts";
import { ACTIVE, startAll, stopAll } from "../releases/stop-and-start.ts";
import { type Container, listContainers } from "../stack/containers.ts";
import { inspect } from "../stack/inspected.ts";

/** The services that serve on during a restore: they do not write to the database. */
const STAY = ["edge-port", "web", "db"];

/** What runs and may write: the application, and services beside it. */
export async function runningWriters(project: string): Promise<Container[]> {
  return (await writersOf(project)).filter(({ state }) => ACTIVE.includes(state));
}

/** Those that do not run, and should: not what runs once for a release. */
export async function stoppedWriters(project: string): Promise<Container[]> {
  const stopped = (await writersOf(project)).filter(({ state }) => state === "exited");
  const inspected = await inspect(stopped.map(({ id }) => id));
  const lasting = inspected.filter(({ HostConfig }) => HostConfig.RestartPolicy.Name !== "no");
  return stopped.filter(({ id }) => lasting.some(({ Id }) => Id === id));
}

async function writersOf(project: string): Promise<Container[]> {
  return (await listContainers(project)).filter(({ service }) => !STAY.includes(service));
}

/** Ends them in their own time. @throws Problem that names each that goes on; the others have ended */
export async function stopWriters(writers: readonly Container[]): Promise<void> {
  const left = await stopAll(writers);
  if (left.length > 0) throw new Problem(`something may still write: ${left.join(", ")}`);
}

/**
 * Starts them again, and waits until those with a health check are healthy.
 * @throws Problem that names each that is not, with its last message; the others run
 */
export async function startWriters(
  writers: readonly Container[],
  say: (line: string) => void,
): Promise<void> {
  const left = await startAll(writers, async (id) => {
    const [started] = await inspect([id]);
    if (started?.State.Health === undefined) return undefined;
    return await untilHealthy(id, say).then(
      () => undefined,
      (error: Error) => `does not become healthy: ${error.message}`,
    );
  });
  if (left.length > 0) throw new Problem(left.join("\n"));
}

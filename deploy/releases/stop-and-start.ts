import { run } from "../command.ts";
import type { Container } from "../stack/containers.ts";
import { inspect } from "../stack/inspected.ts";

/** States in which a container works, or will again. */
export const ACTIVE = ["running", "restarting", "paused"];

/**
 * Ends containers in their own time, all at once. One that cannot be stopped keeps none of the others running.
 * @returns a line for each that goes on, with the engine's reason
 */
export async function stopAll(containers: readonly Container[]): Promise<string[]> {
  return await failuresOf(containers, async ({ id }) => {
    const { stderr } = await run("docker", ["stop", id]);
    const [left] = await inspect([id]);
    if (left === undefined || !ACTIVE.includes(left.State.Status)) return undefined;
    return `cannot be stopped: ${reasonIn(stderr)}`;
  });
}

/**
 * Starts containers that have ended, all at once. One that cannot be started keeps none of the others from it.
 * @param check has the reason why a started one is of no use
 * @returns a line for each that does not run
 */
export async function startAll(
  containers: readonly Container[],
  check: (id: string) => Promise<string | undefined> = async () => undefined,
): Promise<string[]> {
  return await failuresOf(containers, async ({ id }) => {
    const { code, stderr } = await run("docker", ["start", id]);
    if (code !== 0) return `cannot be started: ${reasonIn(stderr)}`;
    return await check(id);
  });
}

/** The engine's reason: the last line only repeats the container's name. */
function reasonIn(stderr: string): string {
  const [line = ""] = stderr.trim().split("\n");
  return line.replace(/^Error response from daemon: /, "") || "the engine does not say why";
}

async function failuresOf(
  containers: readonly Container[],
  work: (container: Container) => Promise<string | undefined>,
): Promise<string[]> {
  const lines = await Promise.all(
    containers.map(async (container) => {
      const failure = await work(container);
      return failure === undefined ? [] : [`${container.name} ${failure}`];
    }),
  );
  return lines.flat();
}

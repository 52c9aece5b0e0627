import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { untilHealthy } from "../releases/replicas.ts";
import { type Container, listContainers } from "../stack/containers.ts";

/** The services that serve on during a restore: they do not write to the database. */
const STAY = ["edge-port", "web", "db"];

/** Stops whatever else runs: the application, and services beside it. @returns what was stopped */
export async function stopWriters(project: string): Promise<Container[]> {
  const containers = await listContainers(project);
  const writers = containers.filter(
    ({ service, state }) => state === "running" && !STAY.includes(service),
  );
  if (writers.length === 0) return [];
  const { code, stderr } = await run("docker", ["stop", ...writers.map(({ id }) => id)]);
  if (code !== 0) throw new Problem(`the application cannot be stopped: ${stderr.trim()}`);
  return writers;
}

/** Starts them again, and waits until they are healthy. @throws Problem with the last lines of one that is not */
export async function startWriters(
  writers: readonly Container[],
  say: (line: string) => void,
): Promise<void> {
  if (writers.length === 0) return;
  await run("docker", ["start", ...writers.map(({ id }) => id)]);
  const checked = writers.filter(({ health }) => health !== "none");
  await Promise.all(checked.map(({ id }) => untilHealthy(id, say)));
}

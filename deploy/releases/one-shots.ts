import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { compose, type Stack } from "../stack/compose.ts";
import { listContainers } from "../stack/containers.ts";
import { ofService, removeNow } from "./plan.ts";
import { whyNotReady } from "./replicas.ts";

/** The containers of a service that runs once for each release. */
async function containersOf({ settings }: Stack, service: string): Promise<string[]> {
  return ofService(await listContainers(settings.project), service).map(({ id }) => id);
}

/**
 * Runs a one-shot of the new release to its end. What else runs is left alone.
 * @throws Problem with its last lines if it fails; its container is removed
 */
export async function runOneShot(
  stack: Stack,
  service: string,
  say: (line: string) => void,
): Promise<void> {
  await removeNow(await containersOf(stack, service));
  const args = ["up", "--detach", "--no-build", "--no-recreate", service];
  const { code, output } = await compose(stack, args);
  const [id] = await containersOf(stack, service);
  if (code !== 0 || id === undefined) {
    await removeNow(id === undefined ? [] : [id]);
    throw new Problem(`${service} cannot be started: ${output.trim()}`);
  }
  const exit = (await run("docker", ["wait", id])).stdout.trim();
  if (exit === "0") return;
  const problem = await whyNotReady(id, say);
  await removeNow([id]);
  throw new Problem(`${service} failed: ${problem.message}`, problem.exitCode);
}

/**
 * Makes the containers of one-shots without running them: an earlier release has migrated already.
 * Compose then finds them as it wants them.
 */
export async function createOneShots(stack: Stack, services: readonly string[]): Promise<void> {
  for (const service of services) await removeNow(await containersOf(stack, service));
  const args = ["create", "--no-build", "--no-recreate", ...services];
  const { code, output } = await compose(stack, args);
  if (code !== 0) throw new Problem(`${services.join(", ")} cannot be created: ${output.trim()}`);
}

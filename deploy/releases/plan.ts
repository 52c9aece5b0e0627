import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { compose, type Stack } from "../stack/compose.ts";
import { type Container, listContainers } from "../stack/containers.ts";
import { hasStaleSecret, inspect } from "../stack/inspected.ts";

/** What of a project's containers is as the stack wants it, and what is not. */
export interface Plan {
  /** Running containers that stay. */
  readonly same: readonly Container[];
  /** Containers that have another image, other settings or an old secret, and replicas that do not run. */
  readonly changed: readonly Container[];
}

/** The services of which a deploy runs several containers at a time. */
export const SCALED = ["app", "web", "jobs"] as const;

/**
 * Compares the containers with what Compose would make of the stack now. Compose itself says so, in a
 * run that changes nothing: then a plain `docker compose up` agrees with a deploy.
 * @throws Problem if Compose refuses the configuration
 */
export async function planOf(stack: Stack): Promise<Plan> {
  const { project } = stack.settings;
  const containers = await listContainers(project);
  const scale = SCALED.flatMap((service) => {
    const count = containers.filter((each) => each.service === service).length;
    return count === 0 ? [] : ["--scale", `${service}=${count}`];
  });
  const dry = ["--dry-run", "--progress", "plain", "create", "--no-build", ...scale];
  const { code, output } = await compose(stack, dry);
  if (code !== 0) throw new Problem(`docker compose refuses the configuration: ${output.trim()}`);
  const staying = namesThatStay(output);
  const stale = new Set<string>();
  for (const inspected of await inspect(containers.map(({ id }) => id))) {
    if (await hasStaleSecret(stack.clone, inspected)) stale.add(inspected.Id);
  }
  const serves = ({ service, state }: Container) =>
    state === "running" || !SCALED.some((name) => name === service);
  const stays = (each: Container) =>
    staying.has(`${project}-${each.name}`) && !stale.has(each.id) && serves(each);
  return {
    same: containers.filter(stays),
    changed: containers.filter((each) => !stays(each)),
  };
}

/** The names of the containers that Compose leaves as they are, from the output of its dry run. */
export function namesThatStay(output: string): Set<string> {
  const first = new Map<string, string>();
  for (const [, name = "", state = ""] of output.matchAll(/Container (\S+)\s+(\w+)/g)) {
    if (!first.has(name)) first.set(name, state);
  }
  // "Created" is a one-shot that has ended.
  const kept = [...first].filter(([, state]) => state === "Running" || state === "Created");
  return new Set(kept.map(([name]) => name));
}

/** The containers of a service. */
export function ofService(containers: readonly Container[], service: string): Container[] {
  return containers.filter((each) => each.service === service);
}

/** Removes containers at once, whatever they do. */
export async function removeNow(ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await run("docker", ["rm", "--force", "--volumes", ...ids]);
}

/** Ends containers in their own time, as their grace period allows, and removes them. */
export async function endGracefully(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await run("docker", ["stop", ...ids]);
  await removeNow(ids);
}

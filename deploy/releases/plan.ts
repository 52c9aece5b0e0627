import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { compose, type Stack } from "../stack/compose.ts";
import { type Container, listContainers } from "../stack/containers.ts";
import { hasStaleSecret, inspect } from "../stack/inspected.ts";
import { asConfigured, hasOldImage, keepsImage } from "./kept-image.ts";

/** What of a project's containers is as the stack wants it, and what is not. */
export interface Plan {
  /** Containers that stay. */
  readonly same: readonly Container[];
  /** Those of them that should run and do not, such as a database that was stopped by hand. */
  readonly stopped: readonly Container[];
  /** Containers that have another image, other settings or an old secret, and replicas that do not run. */
  readonly changed: readonly Container[];
  /** Containers of services that the stack has no more, such as `db` once the database is elsewhere. */
  readonly leaving: readonly Container[];
  /** Whether the database is among those that stay though its image has a successor. */
  readonly keepsImage: boolean;
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
  // An accessory whose image is missing is no matter of the others.
  const args = ["create", "--no-build", "--pull", "never"];
  const dry = ["--dry-run", "--progress", "plain", ...args, ...scale];
  const { code, output } = await compose(stack, dry);
  if (code !== 0) throw new Problem(`docker compose refuses the configuration: ${output.trim()}`);
  const staying = namesIn(output, STAYS);
  const going = namesIn(output, GOES);
  const named = namesIn(output);
  const stale = new Set<string>();
  const runsOnce = new Set<string>();
  const all = await inspect(containers.map(({ id }) => id));
  const keeps = await keepsImage(stack, containers);
  const configured = keeps ? await asConfigured(stack, all) : new Set();
  // Compose would replace these with the database alone.
  const alike = new Set<string>();
  for (const inspected of all) {
    const { Id, Config } = inspected;
    if (!configured.has(Id)) continue;
    const isDatabase = Config.Labels["com.docker.compose.service"] === "db";
    if (isDatabase || !(await hasOldImage(inspected))) alike.add(Id);
  }
  for (const inspected of all) {
    if (await hasStaleSecret(stack.clone, inspected)) stale.add(inspected.Id);
    if (inspected.HostConfig.RestartPolicy.Name === "no") runsOnce.add(inspected.Id);
  }
  const isScaled = ({ service }: Container) => SCALED.some((name) => name === service);
  // Of one that crashes and is started again and again Compose says nothing in some moments, unless it is to be replaced.
  // Of an orphan, and of a service of a profile that is off, it never says anything.
  const isUnnamed = (each: Container) =>
    UP.includes(each.state) && !named.has(`${project}-${each.name}`) && !isScaled(each);
  const isLeft = (each: Container) =>
    staying.has(`${project}-${each.name}`) || alike.has(each.id) || isUnnamed(each);
  const serves = (each: Container) => each.state === "running" || !isScaled(each);
  const goes = (each: Container) => going.has(`${project}-${each.name}`);
  const stays = (each: Container) =>
    isLeft(each) && !goes(each) && !stale.has(each.id) && serves(each);
  const same = containers.filter(stays);
  return {
    same,
    // The engine itself restarts a container that crashes.
    stopped: same.filter(({ id, state }) => !UP.includes(state) && !runsOnce.has(id)),
    changed: containers.filter((each) => !stays(each) && !goes(each)),
    leaving: containers.filter(goes),
    keepsImage: keeps && ofService(same, "db").length > 0,
  };
}

/** The states of a container that the engine runs, or starts again after a crash. */
const UP: readonly string[] = ["running", "restarting"];

/** What Compose says first of a container that it leaves as it is; "Created" is a one-shot that has ended. */
export const STAYS: readonly string[] = ["Running", "Created"];
/** What it says first of one whose service has no replicas; a replaced one is recreated instead. */
export const GOES: readonly string[] = ["Stopping", "Removing"];

/**
 * The names of the containers of which Compose says one of these words first, from the output of its dry run.
 * @param words default: any
 */
export function namesIn(output: string, words?: readonly string[]): Set<string> {
  const first = new Map<string, string>();
  for (const [, name = "", state = ""] of output.matchAll(/Container (\S+)\s+(\w+)/g)) {
    if (!first.has(name)) first.set(name, state);
  }
  const found = [...first].filter(([, state]) => words?.includes(state) ?? true);
  return new Set(found.map(([name]) => name));
}

/** The containers of a service. */
export function ofService(containers: readonly Container[], service: string): Container[] {
  return containers.filter((each) => each.service === service);
}

/** Removes containers at once, whatever they do. */
export async function removeNow(ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await run("docker", ["rm", "--force", "--volumes", ...ids]);
}

/** Sends a gateway that ends a second TERM: no edge sends it requests any more, and it need not accept any. */
export async function endLameDuck(id: string): Promise<void> {
  await run("docker", ["kill", "--signal", "TERM", id]);
}

/** Ends containers in their own time, as their grace period allows, and removes them. */
export async function endGracefully(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await run("docker", ["stop", ...ids]);
  await removeNow(ids);
}

import { setTimeout } from "node:timers/promises";
import { lastLine } from "../command.ts";
import { compose, composeConfig, type Stack } from "./compose.ts";
import { type Container, condition, listContainers } from "./containers.ts";
import { type Inspected, inspect } from "./inspected.ts";

/** The services that a deploy has rules of its own for. */
const KNOWN = ["migrate", "assets", "app", "web", "jobs", "edge-port", "db"];

/** How long an accessory that has just started may take to become healthy before that is worth a warning. */
const HEALTHY_WITHIN = 20_000;
/** How long one without a health check has to run before it counts as started: most that crash do so at once. */
const RUNS_FOR = 1_000;
/** A restart by the engine is worth a warning for so long. The engine waits for up to a minute between two. */
const LATELY = 90_000;
const INTERVAL = 500;

/** Whether a service is the operator's own, such as an accessory: no release waits for it. */
export const isOther = (service: string): boolean => !KNOWN.includes(service);

/** The names of the services that the files of Compose have, in the profiles that are on. @throws Problem if Compose refuses them */
export function servicesOf(stack: Stack): Promise<string[]> {
  const known = read.get(stack) ?? readServices(stack);
  read.set(stack, known);
  return known;
}

/** A command needs them several times, and Compose takes a third of a second. */
const read = new WeakMap<Stack, Promise<string[]>>();

async function readServices(stack: Stack): Promise<string[]> {
  return (await composeConfig(stack, ["config", "--services"])).split("\n").filter(Boolean);
}

/** What came of services that Compose was to start or replace. */
export interface Started {
  readonly started: readonly string[];
  /** One for each that cannot be started. */
  readonly warnings: readonly string[];
}

/**
 * Has Compose start or replace services of the operator's own, each by itself: one that is broken keeps neither the
 * others nor a release from it.
 * @param check throws once nothing more should begin
 * @param args of `docker compose up`
 */
export async function startOthers(
  stack: Stack,
  services: readonly string[],
  check: () => void,
  ...args: string[]
): Promise<Started> {
  const started: string[] = [];
  const warnings: string[] = [];
  for (const service of services) {
    check();
    const { code, output } = await compose(stack, [
      "up",
      "--detach",
      "--no-build",
      ...args,
      service,
    ]);
    if (code === 0) started.push(service);
    else warnings.push(`${service} cannot be started: ${lastLine(output)}`);
  }
  await untilDecided(stack, started, check);
  return { started, warnings };
}

/** Waits until it can be said of these services whether they run well. */
async function untilDecided(
  { settings }: Stack,
  services: readonly string[],
  check: () => void,
): Promise<void> {
  const end = performance.now() + HEALTHY_WITHIN;
  while (performance.now() < end) {
    check();
    const all = await listContainers(settings.project);
    const ids = all.filter(({ service }) => services.includes(service)).map(({ id }) => id);
    if (!(await inspect(ids)).some(isUndecided)) return;
    await setTimeout(INTERVAL);
  }
}

function isUndecided({ State, RestartCount }: Inspected): boolean {
  if (State.Status !== "running") return false;
  if (State.Health !== undefined) return State.Health.Status === "starting";
  return RestartCount === 0 && sinceStart(State) < RUNS_FOR;
}

/** How long ago a container was last started, in milliseconds. */
function sinceStart({ StartedAt }: Inspected["State"]): number {
  return Date.now() - Date.parse(StartedAt);
}

/** A warning for each container of an accessory that does not run well, and one for those that no file names any more. */
export async function complaintsOf(stack: Stack): Promise<string[]> {
  const containers = await listContainers(stack.settings.project);
  const services = await servicesOf(stack);
  const orphans = await orphansOf(
    stack,
    containers.filter(({ service }) => !services.includes(service)),
  );
  const others = containers.filter(({ service }) => services.includes(service) && isOther(service));
  const inspected = await inspect(others.map(({ id }) => id));
  const broken = others.flatMap((each) => {
    const state = complaintOf(
      each,
      inspected.find(({ Id }) => Id === each.id),
    );
    const why = `docker compose logs ${each.service} may say why`;
    return state === undefined ? [] : [`${each.name} does not run well (${state}): ${why}`];
  });
  return [
    ...broken,
    ...(orphans.length === 0
      ? []
      : [
          `no Compose file has the services of ${orphans.map(({ name }) => name).join(", ")}, which are left: ` +
            "docker compose up --detach --no-recreate --remove-orphans edge-port removes them, and their volumes stay",
        ]),
  ];
}

/** Those whose services no file of Compose has: a profile that is off is no reason to remove anything. */
async function orphansOf(stack: Stack, containers: readonly Container[]): Promise<Container[]> {
  if (containers.length === 0) return [];
  const all = await compose(stack, ["--profile", "*", "config", "--services"]);
  // What a profile that is off still needs, such as a file, is no matter of the site.
  if (all.code !== 0) return [];
  const services = all.stdout.split("\n");
  return containers.filter(({ service }) => !services.includes(service));
}

/** Why a container does not run well. One that crashes again and again runs in some moments. */
function complaintOf(container: Container, inspected: Inspected | undefined): string | undefined {
  const { state, health, exitCode } = container;
  if (state === "exited" && exitCode === 0) return undefined;
  const { State, RestartCount = 0 } = inspected ?? {};
  // One that waited for another may be healthy after a restart.
  if (
    State !== undefined &&
    RestartCount > 0 &&
    health !== "healthy" &&
    sinceStart(State) < LATELY
  ) {
    return `restarts: ${RestartCount}`;
  }
  return state === "running" && ["healthy", "none"].includes(health)
    ? undefined
    : condition(container);
}

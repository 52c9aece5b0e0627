import { setTimeout } from "node:timers/promises";
import { lastLine } from "../command.ts";
import { compose, composeConfig, type Stack } from "./compose.ts";
import { type Container, condition, listContainers } from "./containers.ts";

/** The services that a deploy has rules of its own for. */
const KNOWN = ["migrate", "assets", "app", "web", "jobs", "edge-port", "db"];

/** How long an accessory that has just started may take to become healthy before that is worth a warning. */
const HEALTHY_WITHIN = 20_000;
const INTERVAL = 500;

/** Whether a service is the operator's own, such as an accessory: no release waits for it. */
export const isOther = (service: string): boolean => !KNOWN.includes(service);

/** The names of the services that the files of Compose have, in the profiles that are on. @throws Problem if Compose refuses them */
export async function servicesOf(stack: Stack): Promise<string[]> {
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
  const end = performance.now() + HEALTHY_WITHIN;
  const starts = ({ service, health }: Container) =>
    services.includes(service) && health === "starting";
  const wait = async (): Promise<boolean> => {
    check();
    return (await listContainers(stack.settings.project)).some(starts) && performance.now() < end;
  };
  while (await wait()) await setTimeout(INTERVAL);
  return { started, warnings };
}

/** A warning for each container of an accessory that does not run well, and one for those that no file names any more. */
export async function complaintsOf(stack: Stack): Promise<string[]> {
  const containers = await listContainers(stack.settings.project);
  const services = await servicesOf(stack);
  const orphans = await orphansOf(
    stack,
    containers.filter(({ service }) => !services.includes(service)),
  );
  const broken = containers.filter(
    (each) => services.includes(each.service) && isOther(each.service) && !isWell(each),
  );
  return [
    ...broken.map(
      (each) =>
        `${each.name} does not run well (${condition(each)}): docker compose logs ${each.service} may say why`,
    ),
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

function isWell({ state, health, exitCode }: Container): boolean {
  if (state === "exited") return exitCode === 0;
  return state === "running" && (health === "healthy" || health === "none");
}

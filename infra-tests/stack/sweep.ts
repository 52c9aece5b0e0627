import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { until } from "./deadline.ts";
import { docker } from "./docker.ts";

const projectLabel = "com.docker.compose.project";

/** What cannot be removed yet, or is no more, is the business of the next look. */
async function attempt(removals: Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(removals)) {
    const { reason } = outcome as { reason?: { statusCode?: number } };
    if (reason !== undefined && ![403, 404, 409].includes(reason.statusCode ?? 0)) throw reason;
  }
}

/** Removes everything of one test project: containers, networks, volumes and image tags. */
export async function sweep(project: string): Promise<void> {
  await until(`nothing of ${project} is left`, async () => (await remove(project)) === 0, {
    within: 60_000,
  });
}

/** One attempt; how many things there were. */
async function remove(project: string): Promise<number> {
  const filters = { label: [`${projectLabel}=${project}`] };
  const added = { label: [`${testLabel}=${project}`] };
  const containers = [
    ...(await docker.listContainers({ all: true, filters })),
    ...(await docker.listContainers({ all: true, filters: added })),
  ];
  const force = { force: true, v: true };
  await attempt(containers.map(({ Id }) => docker.getContainer(Id).remove(force)));
  const networks = await docker.listNetworks({ filters });
  await attempt(networks.map(({ Id }) => docker.getNetwork(Id).remove()));
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  await attempt((volumes ?? []).map(({ Name }) => docker.getVolume(Name).remove()));
  const images = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  const tags = images.filter((name) => name.startsWith(`${project}/`));
  await attempt(tags.map((tag) => docker.getImage(tag).remove()));
  return containers.length + networks.length + (volumes ?? []).length + tags.length;
}

/** Sweeps what interrupted test runs of this machine left; returns their project names. */
export async function sweepLeftovers(): Promise<string[]> {
  const label = [projectLabel];
  const containers = await docker.listContainers({ all: true, filters: { label } });
  const networks = await docker.listNetworks({ filters: { label } });
  const { Volumes: volumes } = await docker.listVolumes({ filters: { label } });
  const images = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  const projects = [...containers, ...networks, ...(volumes ?? [])]
    .map(({ Labels }) => Labels?.[projectLabel] ?? "")
    .concat(images.map((tag) => tag.split("/")[0] ?? ""));
  const leftovers = [...new Set(projects)].filter(isLeftover);
  for (const project of leftovers) await sweep(project);
  return leftovers;
}

/** Marks what the tests add to a project by themselves, with the project's name as its value. */
export const testLabel = "gatehouse.test.project";

const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
const pattern = /^gatehouse-test-([0-9a-f]{6})-(\d+)-[0-9a-f]{4}$/;

/** A Compose project name of its own for this run; it tells machine and process, for the sweep. */
export function newProjectName(): string {
  return `gatehouse-test-${machine}-${process.pid}-${randomBytes(2).toString("hex")}`;
}

/** Whether the project is a test run of this machine whose process is no more. */
export function isLeftover(project: string): boolean {
  const [, where, pid] = pattern.exec(project) ?? [];
  if (where !== machine || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

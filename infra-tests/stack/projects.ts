import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { until } from "./deadline.ts";
import { docker } from "./docker.ts";

const projectLabel = "com.docker.compose.project";

/** Ignores what is in use or already removed: the next attempt handles it. */
async function attempt(removals: Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(removals)) {
    const { reason } = outcome as { reason?: { statusCode?: number } };
    if (reason !== undefined && ![403, 404, 409].includes(reason.statusCode ?? 0)) throw reason;
  }
}

/** Removes everything of a test project: containers, networks, volumes and image tags. */
export async function removeProject(project: string): Promise<void> {
  await until(`everything of ${project} is removed`, async () => (await remove(project)) === 0, {
    within: 60_000,
  });
}

/** One attempt. @returns the number of things that were found */
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

/** Removes the projects that interrupted test runs of this machine left. @returns their names */
export async function removeLeftovers(): Promise<string[]> {
  const label = [projectLabel];
  const containers = await docker.listContainers({ all: true, filters: { label } });
  const networks = await docker.listNetworks({ filters: { label } });
  const { Volumes: volumes } = await docker.listVolumes({ filters: { label } });
  const images = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  const projects = [...containers, ...networks, ...(volumes ?? [])]
    .map(({ Labels }) => Labels?.[projectLabel] ?? "")
    .concat(images.map((tag) => tag.split("/")[0] ?? ""));
  // What observes a stack is in its networks: it is longer by its name, and goes first.
  const leftovers = [...new Set(projects)].filter(isLeftover).sort((a, b) => b.length - a.length);
  for (const project of leftovers) await removeProject(project);
  return leftovers;
}

/** The label of what the tests add to a project; its value is the name of the project. */
export const testLabel = "gatehouse.test.project";

const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
const pattern = /^gatehouse-test-([0-9a-f]{6})-(\d+)-[0-9a-f]{4}(-observe)?$/;

/** A new name for a test project, with machine and process, so that leftovers are found. */
export function newProjectName(): string {
  return `gatehouse-test-${machine}-${process.pid}-${randomBytes(2).toString("hex")}`;
}

/** Whether a project belongs to a test run of this machine whose process has ended. */
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

import { until } from "./deadline.ts";
import { docker } from "./docker.ts";
import { isLeftover, testLabel } from "./project-name.ts";

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

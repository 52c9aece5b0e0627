import type Docker from "dockerode";

/** The processor time that a container has used so far by its cgroup, in microseconds. */
export async function processorTime(container: Docker.Container): Promise<number> {
  const stats = await container.stats({ stream: false, "one-shot": true });
  return stats.cpu_stats.cpu_usage.total_usage / 1000;
}

/** The same of several containers together. */
export async function processorTimeOf(containers: readonly Docker.Container[]): Promise<number> {
  const times = await Promise.all(containers.map(processorTime));
  return times.reduce((sum, time) => sum + time, 0);
}

import type Docker from "dockerode";
import { type Chain, TIERS, type Tier } from "./chains/chain.ts";

/** What a tier's cgroups have used so far, in microseconds of processor time. */
export interface Processor {
  readonly total: number;
  readonly user: number;
  readonly system: number;
}

export type PerTier<Value> = Readonly<Record<Tier, Value>>;

/** The processor time of each tier of a chain so far. */
export async function processorOf({ tiers }: Chain): Promise<PerTier<Processor>> {
  return await perTier(async (tier) => {
    const used = await Promise.all(tiers[tier].map(processor));
    return {
      total: sum(used.map(({ total }) => total)),
      user: sum(used.map(({ user }) => user)),
      system: sum(used.map(({ system }) => system)),
    };
  });
}

/** The anonymous memory of each tier in bytes: without files that the kernel keeps for all. */
export async function memoryOf({ tiers }: Chain): Promise<PerTier<number>> {
  return await perTier(async (tier) => sum(await Promise.all(tiers[tier].map(anonymous))));
}

/** A value for each tier. */
export async function perTier<Value>(
  make: (tier: Tier) => Value | Promise<Value>,
): Promise<PerTier<Value>> {
  const entries = TIERS.map(async (tier) => [tier, await make(tier)] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<Tier, Value>;
}

/** The engine does not say what its containers use, so that nothing can be compared. */
export class NoStatistics extends Error {
  override readonly name = "NoStatistics";

  constructor(reason: string) {
    super(
      `the engine does not say what a container uses (${reason}), nor does docker stats: containerd does not see the ` +
        "cgroups of this machine; mount them below /sys/fs/cgroup, restart containerd and the engine, and try again",
    );
  }
}

/** Before chains are started, which takes minutes. @throws NoStatistics */
export async function requireStatistics(container: Docker.Container): Promise<void> {
  await processor(container);
  await anonymous(container);
}

async function statistics(container: Docker.Container): Promise<Docker.ContainerStats> {
  try {
    return await container.stats({ stream: false, "one-shot": true });
  } catch (error) {
    throw new NoStatistics(error instanceof Error ? error.message : String(error));
  }
}

async function processor(container: Docker.Container): Promise<Processor> {
  const { cpu_usage } = (await statistics(container)).cpu_stats;
  // A program that runs has used some.
  if (!cpu_usage?.total_usage) throw new NoStatistics("no processor time");
  return {
    total: cpu_usage.total_usage / 1000,
    user: cpu_usage.usage_in_usermode / 1000,
    system: cpu_usage.usage_in_kernelmode / 1000,
  };
}

async function anonymous(container: Docker.Container): Promise<number> {
  const stats: Readonly<Record<string, number>> = {
    ...(await statistics(container)).memory_stats.stats,
  };
  // The name in version 1 of cgroups, and in version 2.
  const bytes = stats.total_rss ?? stats.anon;
  if (bytes === undefined) throw new NoStatistics("no anonymous memory");
  return bytes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

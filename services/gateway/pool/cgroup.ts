import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/**
 * What the control group of this process allows and has counted, in version 1 and version 2.
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export class Cgroup {
  readonly #root: string;

  /** @param root of the file system; tests have another one than "/" */
  constructor(root = "/") {
    this.#root = root;
  }

  /** How many CPUs the group may use, such as 1.5; undefined: no limit. */
  cpuLimit(): number | undefined {
    const limits = [this.#limitOfVersion2(), this.#limitOfVersion1()];
    return limits.find((limit) => limit !== undefined);
  }

  /** How many processes the kernel has killed here for lack of memory; undefined: unknown. */
  outOfMemoryKills(): number | undefined {
    for (const path of [
      ...this.#paths("", "memory.events"),
      ...this.#paths("memory", "memory.oom_control"),
    ]) {
      const count = /^oom_kill (\d+)$/m.exec(this.#read(path) ?? "")?.[1];
      if (count !== undefined) return Number(count);
    }
    return undefined;
  }

  #limitOfVersion2(): number | undefined {
    const limits = this.#paths("", "cpu.max").map((path) => {
      const [quota, period] = (this.#read(path) ?? "").trim().split(" ").map(Number);
      return share(quota, period);
    });
    return smallest(limits);
  }

  #limitOfVersion1(): number | undefined {
    const quotas = this.#paths("cpu", "cpu.cfs_quota_us");
    const periods = this.#paths("cpu", "cpu.cfs_period_us");
    const limits = quotas.map((path, index) =>
      share(Number(this.#read(path)), Number(this.#read(periods[index] ?? ""))),
    );
    return smallest(limits);
  }

  /**
   * The possible paths of a file: in the group that /proc names, and in those above it, whose limits
   * apply too. In a container's own namespace the mount point is the group itself.
   */
  #paths(controller: string, file: string): string[] {
    const groups = this.#read("proc/self/cgroup") ?? "";
    const line = groups
      .split("\n")
      .map((each) => each.split(":"))
      .find(([, controllers = ""]) => controllers.split(",").includes(controller));
    const mount = join("sys/fs/cgroup", controller);
    const steps = (line?.[2] ?? "").split("/").filter((step) => step !== "" && step !== "..");
    const folders = steps.map((_, index) => join(mount, ...steps.slice(0, steps.length - index)));
    return [...folders, mount].map((folder) => join(folder, file));
  }

  #read(path: string): string | undefined {
    try {
      return readFileSync(join(this.#root, path), "utf8");
    } catch {
      // The other version of the interface, or a system without control groups.
      return undefined;
    }
  }
}

/** The default number of workers: one for each CPU that this process may use, at least one. */
export function defaultWorkers(): number {
  const limit = new Cgroup().cpuLimit() ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(limit)));
}

function share(quota: number | undefined, period: number | undefined): number | undefined {
  return quota && period && quota > 0 ? quota / period : undefined;
}

function smallest(limits: readonly (number | undefined)[]): number | undefined {
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

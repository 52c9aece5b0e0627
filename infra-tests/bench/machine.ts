import { execFile } from "node:child_process";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { promisify } from "node:util";
import { root } from "../stack/clone.ts";
import { docker } from "../stack/docker.ts";
import type { Machine } from "./results.ts";

const execute = promisify(execFile);

/** Describes this machine and the code that is measured on it. */
export async function thisMachine(): Promise<Machine> {
  const git = async (...args: string[]) =>
    (await execute("git", args, { cwd: root })).stdout.trim();
  const { Version } = await docker.version();
  return {
    at: new Date().toISOString(),
    commit: await git("rev-parse", "--short", "HEAD"),
    changed: (await git("status", "--porcelain")) !== "",
    processors: availableParallelism(),
    model: cpus()[0]?.model ?? "unknown",
    memoryBytes: totalmem(),
    kernel: release().split("-")[0] ?? "",
    engine: Version,
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}

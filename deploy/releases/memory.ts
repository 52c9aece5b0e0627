import { readFile } from "node:fs/promises";
import { memoryOf } from "../docker.ts";

const MIB = 2 ** 20;

/** What must stay free for everything else. */
const SPARE = 256 * MIB;

/**
 * Whether this machine has the memory for more replicas beside those that run. Where the engine's memory
 * cannot be read from here, it is taken to be enough.
 * @param like a replica that runs: the new ones will need as much
 */
export async function hasRoomFor(count: number, like: string | undefined): Promise<boolean> {
  if (like === undefined) return true;
  const available = availableIn(await readFile("/proc/meminfo", "utf8").catch(() => ""));
  const used = await memoryOf(like);
  if (available === undefined || used === undefined) return true;
  return hasRoom(available, count, used);
}

/** Whether so much available memory is enough for replicas that use so much each; bytes. */
export function hasRoom(available: number, count: number, used: number): boolean {
  return available >= count * used + SPARE;
}

/** The available memory in the text of /proc/meminfo, bytes. */
export function availableIn(meminfo: string): number | undefined {
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}

import { statfs } from "node:fs/promises";
import { Problem } from "../problem.ts";

/** What stays free for everything else. */
const SPARE = 256 * 2 ** 20;

/** @throws Problem if a folder's disk has less than this many bytes free, with something to spare */
export async function requireSpace(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  requireFree(bavail * bsize, bytes, `${what} needs`, folder);
}

/** @param free the bytes that are free. @throws Problem if that is too little */
export function requireFree(free: number, bytes: number, what: string, where: string): void {
  if (free >= bytes + SPARE) return;
  throw new Problem(
    `${what} up to ${inUnits(bytes + SPARE)}, and only ${inUnits(free)} are free in ${where}: nothing was ` +
      "changed; delete what is not needed (make backups, make rmbackup, docker system df)",
  );
}

/** Formats bytes: "1.5 GB". */
export function inUnits(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

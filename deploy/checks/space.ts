import { statfs } from "node:fs/promises";
import { bad, type Finding, good } from "./finding.ts";

export const GIB: number = 2 ** 30;

/** Whether the file system of a folder has room; `remedy` is what makes some. */
export async function spaceFinding(
  folder: string,
  needed: number,
  remedy: string,
): Promise<Finding> {
  const space = await statfs(folder).catch(() => undefined);
  // The engine of a virtual machine keeps its data where this host cannot look.
  if (space === undefined) return good(`${folder} cannot be looked at from here`);
  const free = space.bavail * space.bsize;
  if (free >= needed) return good(`${gib(free)} free in ${folder}`);
  return bad(`only ${gib(free)} free in ${folder}, ${gib(needed)} needed: ${remedy}`);
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

import { statfs } from "node:fs/promises";
import { run } from "../command.ts";
import { projectOf } from "../env/environment.ts";
import { bad, type Check, type Finding, good } from "./check.ts";

const GIB = 2 ** 30;

/** What base images, our images and the build's cache take on a first run. */
const FIRST_RUN_BYTES = 4 * GIB;

/** What a later run takes: a rebuilt layer or two, logs, and room for the database. */
const LATER_RUN_BYTES = GIB;

/** Free space where the engine keeps its data, and in the clone. */
export const diskCheck: Check = {
  name: "disk",
  needs: ["engine", "settings"],
  check: async ({ clone, environment }) => {
    const project = projectOf(clone, environment);
    const image = await run("docker", ["image", "inspect", `${project}/edge-port:local`]);
    const needed = image.code === 0 ? LATER_RUN_BYTES : FIRST_RUN_BYTES;
    const info = await run("docker", ["info", "--format", "{{.DockerRootDir}}"]);
    return [
      await spaceFinding(info.stdout.trim(), needed, "docker system prune"),
      await spaceFinding(clone.root, LATER_RUN_BYTES, "delete what is not needed"),
    ];
  },
};

/** Whether the file system of a folder has `needed` bytes free; `remedy` says how to get more. */
export async function spaceFinding(
  folder: string,
  needed: number,
  remedy: string,
): Promise<Finding> {
  const space = await statfs(folder).catch(() => undefined);
  // Docker Desktop keeps its data in a virtual machine, where this process cannot read.
  if (space === undefined) return good(`the free space of ${folder} cannot be read from here`);
  const free = space.bavail * space.bsize;
  if (free >= needed) return good(`${gib(free)} free in ${folder}`);
  return bad(`only ${gib(free)} free in ${folder}, ${gib(needed)} needed: ${remedy}`);
}

const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;

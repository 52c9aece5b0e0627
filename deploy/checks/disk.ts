import { run } from "../command.ts";
import { valuesOf } from "../env/environment.ts";
import type { Check } from "./finding.ts";
import { GIB, spaceFinding } from "./space.ts";

/** What base images, our images and the build's cache take on a first run. */
const FIRST_RUN_BYTES = 4 * GIB;

/** What a later run takes: a rebuilt layer or two, logs, and room for the database. */
const LATER_RUN_BYTES = 1 * GIB;

/** Free space where the engine keeps its data and where the clone lies. */
export const diskCheck: Check = {
  name: "disk",
  needs: ["engine", "settings"],
  check: async ({ clone, environment }) => {
    const project = valuesOf(environment).project || clone.project;
    const image = await run("docker", ["image", "inspect", `${project}/app:local`]);
    const needed = image.code === 0 ? LATER_RUN_BYTES : FIRST_RUN_BYTES;
    const info = await run("docker", ["info", "--format", "{{.DockerRootDir}}"]);
    const dataRoot = await spaceFinding(info.stdout.trim(), needed, "docker system prune");
    return [dataRoot, await spaceFinding(clone.root, LATER_RUN_BYTES, "delete what is not needed")];
  },
};

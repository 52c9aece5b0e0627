import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { docker } from "../stack/docker.ts";
import { run } from "../stack/run.ts";
import { imageOf } from "../stack/tool.ts";

const FOLDER = import.meta.dirname;
/** Of this machine's own images. The tag is made from what it is built of: some ten minutes of work. */
const REPOSITORY = "localhost/gatehouse-base/kubernetes";

/**
 * Builds the image of a node. Its components are built only if this machine has no image of them.
 * @param tag of the node's image
 */
export async function buildNode(tag: string): Promise<void> {
  const components = `${REPOSITORY}:${digestOf("components")}`;
  const images = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  if (!images.includes(components)) {
    process.stdout.write("the components of Kubernetes are built once: some ten minutes\n");
    await build("built", components);
  }
  await build("node", tag, `COMPONENTS=${components}`);
}

async function build(target: string, tag: string, ...more: readonly string[]): Promise<void> {
  const variables = [`NODE_IMAGE=${imageOf("NODE_IMAGE")}`, ...more];
  for (const name of ["GOPROXY", "GOSUMDB"]) {
    // Docker takes the value from this environment.
    if (process.env[name] !== undefined) variables.push(name);
  }
  const args = variables.flatMap((variable) => ["--build-arg", variable]);
  const code = await run("docker", [
    ...["build", "--quiet", "--target", target, "--tag", tag, ...args, FOLDER],
  ]);
  if (code !== 0) throw new Error(`the image ${tag} cannot be built: see the lines above`);
}

function digestOf(folder: string): string {
  const hash = createHash("sha256");
  for (const file of globSync(`${folder}/**`, { cwd: FOLDER, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash.update(`${file.slice(FOLDER.length)}\n`).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 12);
}

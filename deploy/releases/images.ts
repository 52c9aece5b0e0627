import { run } from "../command.ts";
import { findImage } from "../docker.ts";
import { buildTarget } from "../env/environment.ts";
import { Problem } from "../problem.ts";
import { build, type Stack } from "../stack/compose.ts";
import { type Release, withRelease } from "./release.ts";

/** The tag of an image between its build and its name. */
const BUILDING = "building";

/** The digits of an image's id that are its tag. */
const TAG_LENGTH = 12;

/**
 * Builds the images of the working tree. Their tags are made from their content: what did not change has
 * the tag that it had, and the images that run keep theirs.
 * @param first also builds what a running stack keeps: the holder of the ports
 * @throws Problem if one cannot be built
 */
export async function buildRelease(stack: Stack, first: boolean): Promise<Release> {
  const { app: module, edge, jobs, schedule, project } = stack.settings;
  const names = { app: buildTarget(module), web: edge };
  const building = {
    app: `${names.app}:${BUILDING}`,
    web: `${names.web}:${BUILDING}`,
    ...{ module, edge, jobs, schedule },
  };
  await build(withRelease(stack, building), first ? [] : ["app", "web"]);
  const tagged = async (name: string): Promise<string> => {
    const reference = `${project}/${name}:${BUILDING}`;
    const image = await findImage(reference);
    if (image === undefined) throw new Problem(`the build made no image ${reference}: try again`);
    const tag = image.id.replace("sha256:", "").slice(0, TAG_LENGTH);
    await run("docker", ["tag", reference, `${project}/${name}:${tag}`]);
    await run("docker", ["rmi", reference]);
    return `${name}:${tag}`;
  };
  const images = { app: await tagged(names.app), web: await tagged(names.web) };
  return { ...images, module, edge, jobs, schedule };
}

/** The images of these releases that the engine does not have. */
export async function missingImages(project: string, { app, web }: Release): Promise<string[]> {
  const missing: string[] = [];
  for (const name of [app, web]) {
    if ((await findImage(`${project}/${name}`)) === undefined) missing.push(name);
  }
  return missing;
}

/**
 * Removes the images of releases that are not kept, and this project's images without a name. What a
 * container uses stays, and so does everything of other projects.
 * @returns how many were removed
 */
export async function pruneImages(project: string, kept: readonly Release[]): Promise<number> {
  const names = new Set(kept.flatMap(({ app, web }) => [`${project}/${app}`, `${project}/${web}`]));
  const tagged = await list(["--filter", `reference=${project}/*`]);
  const old = tagged.filter((name) => isContentTag(name) && !names.has(name));
  const label = `label=com.docker.compose.project=${project}`;
  const dangling = await list(["--filter", "dangling=true", "--filter", label], "{{.ID}}");
  let removed = 0;
  // One by one: an image that a container uses is refused, and must not keep the others.
  for (const image of new Set([...old, ...dangling])) {
    if ((await run("docker", ["rmi", image])).code === 0) removed += 1;
  }
  return removed;
}

/** Whether a deploy made this name: other tags are the operator's own. */
export function isContentTag(name: string): boolean {
  return /\/(app|examples|web|nginx):[0-9a-f]{12}$/.test(name);
}

async function list(
  filters: readonly string[],
  format = "{{.Repository}}:{{.Tag}}",
): Promise<string[]> {
  const { stdout } = await run("docker", ["images", ...filters, "--format", format]);
  return stdout.split("\n").filter(Boolean);
}

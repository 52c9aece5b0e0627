import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { openClone } from "./clone.ts";
import { run } from "./command.ts";
import type { Model } from "./compose-model.ts";
import { readEnvironment, valuesOf } from "./env/environment.ts";
import { print, printError } from "./print.ts";
import { Problem, runCommand } from "./problem.ts";
import { sbomOf } from "./sbom/cyclonedx.ts";
import { partsOf } from "./sbom/image-parts.ts";
import { composeConfig } from "./stack/compose.ts";

/** `make sbom`: a list of parts for each image of the release that runs, in reports/sbom. */
await runCommand(async () => {
  const clone = openClone();
  const stack = { clone, settings: valuesOf(await readEnvironment(clone)) };
  const model: Model = JSON.parse(await composeConfig(stack, ["config", "--format", "json"]));
  const folder = join(clone.root, "reports/sbom");
  await mkdir(folder, { recursive: true });
  // Several services run from the image of one.
  const services = new Map<string, string>();
  for (const [service, { image }] of Object.entries(model.services)) {
    if (image !== undefined && !services.has(image)) services.set(image, service);
  }
  for (const [image, service] of services) {
    const id = await idOf(image);
    const read = await partsOf(image).catch((error: Error) => error);
    if (read instanceof Error) {
      process.exitCode = 1;
      printError(`gatehouse: ${read.message}\n`);
      continue;
    }
    const file = join(folder, `${service}.cdx.json`);
    await writeFile(file, `${JSON.stringify(sbomOf({ name: image, id }, read), null, 2)}\n`);
    const count = (wanted: string): number =>
      read.parts.filter(({ kind }) => kind === wanted).length;
    print(
      `${relative(clone.root, file)}: ${count("deb")} packages of ${read.system.id}, ${count("npm")} of npm\n`,
    );
  }
});

async function idOf(image: string): Promise<string> {
  const { code, stdout } = await run("docker", ["image", "inspect", "--format", "{{.Id}}", image]);
  if (code !== 0) throw new Problem(`there is no image ${image}: run make up first`);
  return stdout.trim();
}

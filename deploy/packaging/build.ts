import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { type Contents, contentsOf } from "./contents.ts";
import { type Manifest, publishedManifest } from "./manifest.ts";
import { SOURCES } from "./sources.ts";
import { type Packages, tarballOf } from "./tarball.ts";

/** The digits of the content's hash that are part of a version. */
const DIGITS = 10;

/**
 * Builds what is ours as npm packages, below `.cache/packages` of a repository: `stage/` has their files, `tarballs/`
 * what `npm pack` makes of them. All have one version, which follows from their content: npm takes another tarball
 * of a version that it knows from its cache, without a word.
 * @throws Problem
 */
export async function buildPackages(root: string): Promise<Packages> {
  const cache = join(root, ".cache/packages");
  const [compiled, stage] = [join(cache, "compiled"), join(cache, "stage")];
  await compile(root, compiled);
  const manifestOf = (folder: string): Manifest =>
    JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const packages = SOURCES.map((source) => ({
    manifest: manifestOf(source.folder),
    contents: contentsOf(source, root, compiled),
  }));
  const project = manifestOf(".");
  const digits = hashOf(packages).slice(0, DIGITS);
  // A number alone may not begin with 0 there (SemVer, rule 9).
  const version = `${project.version}-h${digits}`;
  const folder = join(cache, "tarballs");
  const tarballs = packages.map(({ manifest: { name } }) => tarballOf(name, version)).sort();
  if (tarballs.every((file) => existsSync(join(folder, file))))
    return { version, folder, tarballs };
  await rm(stage, { recursive: true, force: true });
  for (const { manifest, contents } of packages) {
    contents.set("package.json", textOf(publishedManifest(manifest, project, version)));
    await writeAll(join(stage, manifest.name), contents);
  }
  const made = `${folder}.new`;
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  const folders = packages.map(({ manifest: { name } }) => join(stage, name));
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", made, ...folders];
  const { code, output } = await run("npm", args);
  if (code !== 0) throw new Problem(`npm pack failed:\n${output.trim()}`);
  await rm(folder, { recursive: true, force: true });
  await rename(made, folder);
  return { version, folder, tarballs };
}

async function compile(root: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const config = join(root, "deploy/packaging/tsconfig.json");
  const args = [compiler, "--project", config, "--outDir", folder];
  const { code, output } = await run(process.execPath, args, { cwd: root });
  if (code !== 0) throw new Problem(`the packages do not compile:\n${output.trim()}`);
}

function hashOf(packages: readonly { manifest: Manifest; contents: Contents }[]): string {
  const hash = createHash("sha256");
  for (const { manifest, contents } of packages) {
    hash.update(JSON.stringify(manifest));
    for (const path of [...contents.keys()].sort()) {
      hash.update(`\0${path}\0`).update(contents.get(path) ?? "");
    }
  }
  return hash.digest("hex");
}

async function writeAll(folder: string, contents: Contents): Promise<void> {
  for (const [path, content] of contents) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

const textOf = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

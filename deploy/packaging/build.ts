import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { replaceFile } from "../replace-file.ts";
import { versionOfContent } from "../versions/number.ts";
import { type Contents, contentsOf } from "./contents.ts";
import { type Manifest, publishedManifest } from "./manifest.ts";
import { SOURCES } from "./sources.ts";
import { type Packages, tarballOf } from "./tarball.ts";

/** The digits of the content's hash that are part of a version. */
const DIGITS = 10;

/** The file that says what was built last, and of which inputs. */
const BUILT = "built.json";
const INPUTS =
  /^(packages|services|deploy|infra-tests|templates|examples)\/|^[^/]*\.json$|^LICENSE$/;

/**
 * Builds what is ours as npm packages: `.cache/packages/VERSION` of a repository has the tarballs. All have one version,
 * which follows from their content: npm takes another tarball of a version that it knows from its cache, without a
 * word. Several processes may do this at once.
 * @param wanted another version: one that is published, so that its content never changes again
 * @throws Problem
 */
export async function buildPackages(root: string, wanted?: string): Promise<Packages> {
  const cache = join(root, ".cache/packages");
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "work-"));
  try {
    const kept = await keptFiles(root, work);
    const inputs = hashOfInputs(root, kept);
    const known = wanted === undefined ? builtOf(cache, inputs) : undefined;
    if (known !== undefined) return known;
    await compile(root, join(work, "compiled"));
    const packages = SOURCES.map((source) => ({
      manifest: manifestIn(join(root, source.folder)),
      contents: contentsOf(source, root, kept, join(work, "compiled")),
    }));
    const project = manifestIn(root);
    const digits = hashOf(packages, project).slice(0, DIGITS);
    // A number alone may not begin with 0 there (SemVer, rule 9).
    const version = wanted ?? versionOfContent(project.version, digits);
    const folder = join(cache, version);
    const tarballs = packages.map(({ manifest: { name } }) => tarballOf(name, version)).sort();
    if (wanted !== undefined) await rm(folder, { recursive: true, force: true });
    const built = { version, folder, tarballs };
    const remember = async () => {
      // A file may have been changed meanwhile.
      if (hashOfInputs(root, kept) !== inputs) return;
      await replaceFile(join(cache, BUILT), textOf({ inputs, version, tarballs }), 0o644);
    };
    if (existsSync(folder)) {
      await remember();
      return built;
    }
    for (const { manifest, contents } of packages) {
      contents.set("package.json", textOf(publishedManifest(manifest, project, version)));
      await writeAll(join(work, "stage", manifest.name), contents);
    }
    const names = packages.map(({ manifest: { name } }) => name);
    await pack(join(work, "stage"), names, join(work, "tarballs"));
    await rename(join(work, "tarballs"), folder).catch((error: NodeJS.ErrnoException) => {
      // Another process was quicker, with the same content.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
    await removeOthers(cache, version);
    if (wanted === undefined) await remember();
    return built;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What was built last, if that was of these inputs: nothing has to be compiled to find that out. */
function builtOf(cache: string, inputs: string): Packages | undefined {
  const file = join(cache, BUILT);
  if (!existsSync(file)) return undefined;
  const { inputs: before, version, tarballs } = JSON.parse(readFileSync(file, "utf8"));
  const folder = join(cache, version);
  return before === inputs && existsSync(folder) ? { version, folder, tarballs } : undefined;
}

/** Of all that a compilation reads, and what is packed beside it: more than is in the packages. */
function hashOfInputs(root: string, kept: readonly string[]): string {
  const hash = createHash("sha256").update(process.version);
  const compiler = "node_modules/typescript/package.json";
  for (const path of [compiler, ...kept.filter((each) => INPUTS.test(each))]) {
    const file = join(root, path);
    const found = lstatSync(file, { throwIfNoEntry: false });
    hash.update(`\0${path}\0${found?.isSymbolicLink()}\0`);
    if (found?.isFile()) hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

async function compile(root: string, folder: string): Promise<void> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const config = join(root, "deploy/packaging/tsconfig.json");
  const args = [compiler, "--project", config, "--outDir", folder];
  const { code, output } = await run(process.execPath, args, { cwd: root });
  if (code !== 0) throw new Problem(`the packages do not compile:\n${output.trim()}`);
}

/**
 * The files of a repository that its .gitignore does not name, tracked or not: no `.env` of a developer's, no
 * leftovers of an editor. git lists them by a repository in the work folder: a copy without .git has the same files.
 */
async function keptFiles(root: string, work: string): Promise<string[]> {
  const repository = ["--git-dir", join(work, "git"), "--work-tree", root];
  const git = async (...args: string[]): Promise<string> => {
    const { code, stdout, output } = await run("git", args, { cwd: root });
    if (code !== 0) throw new Problem(`git ${args[0]} failed: ${output.trim()}`);
    return stdout;
  };
  await git("init", "--quiet", "--bare", join(work, "git"));
  // A list of the developer's own would make a package depend on who packs it.
  const own = ["-c", "core.excludesFile=/dev/null", "-c", "core.bare=false"];
  const list = ["ls-files", "-z", "--others", "--exclude-standard"];
  return (await git(...repository, ...own, ...list)).split("\0").filter(Boolean).sort();
}

async function pack(stage: string, names: readonly string[], folder: string): Promise<void> {
  await mkdir(folder);
  const folders = names.map((name) => join(stage, name));
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder, ...folders];
  const { code, output } = await run("npm", args);
  if (code !== 0) throw new Problem(`npm pack failed:\n${output.trim()}`);
}

/** Removes the packages of earlier versions. */
async function removeOthers(cache: string, version: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name === version || name.startsWith(BUILT) || name.startsWith("work-")) continue;
    await rm(join(cache, name), { recursive: true, force: true });
  }
}

function hashOf(
  packages: readonly { manifest: Manifest; contents: Contents }[],
  project: Manifest,
): string {
  const hash = createHash("sha256");
  for (const { manifest, contents } of packages) {
    hash.update(JSON.stringify(publishedManifest(manifest, project, "")));
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

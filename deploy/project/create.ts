import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, realpath, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { run } from "../command.ts";
import type { Interruption } from "../interruption.ts";
import type { Packages } from "../packaging/tarball.ts";
import { Problem } from "../problem.ts";
import { withReason } from "./disk.ts";
import { USAGE_EXIT_CODE } from "./name.ts";
import type { Origin } from "./origin.ts";
import { type Files, filesOf } from "./starter.ts";
import { existingAbove, repositoryAround } from "./surroundings.ts";

/** The folder of our packages in a project. */
export const VENDOR = "vendor";

/** Refuses a folder that has anything in it. @throws Problem */
export async function requireEmpty(folder: string): Promise<void> {
  const found = existsSync(folder) ? await readdir(folder).catch(() => ["it is no folder"]) : [];
  if (found.length > 0) throw notEmpty(folder, found[0]);
}

const notEmpty = (folder: string, found = "it is no folder"): Problem =>
  new Problem(
    `DIR=${folder} is not empty (${found}): name a folder that does not exist yet`,
    USAGE_EXIT_CODE,
  );

/**
 * Writes a new project, with a lock file and a first commit; in a repository, it is a part of that one, which nothing is
 * committed to. Either all of it is there afterwards, or nothing.
 * @param folder new, or empty
 * @param templates the starters of the same version as the packages
 * @param interruption after its signal, nothing is written
 * @returns its number of files, those of `vendor/` not counted
 * @throws Problem
 */
export async function createProject(
  folder: string,
  templates: readonly string[],
  packages: Packages,
  origin: Origin,
  interruption?: Interruption,
): Promise<number> {
  const files = filesOf(templates, origin);
  // An empty folder behind a symbolic link is taken as any other.
  const target = await realpath(folder).catch(() => resolve(folder));
  // On the same disk, so that it can be renamed; open to others as any new folder is, which a temporary one is not.
  const above = existingAbove(target);
  const made = join(above, `.${basename(target)}-${randomUUID()}`);
  try {
    await mkdir(made).catch((error: NodeJS.ErrnoException) => {
      throw Object.assign(error, { path: above });
    });
    await writeFiles(made, files);
    await copyPackages(made, packages);
    await lock(made);
    if ((await repositoryAround(target)) === undefined) await firstCommit(made, origin);
    interruption?.check();
    await mkdir(dirname(target), { recursive: true });
    await putInPlace(made, target, folder);
  } catch (error) {
    await rm(made, { recursive: true, force: true }).catch(() => {});
    throw withReason(error);
  }
  return files.size + 1;
}

/** The kernel replaces a folder only if it is empty: what was put into it since the first check stays. */
async function putInPlace(made: string, target: string, folder: string): Promise<void> {
  try {
    await rename(made, target);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") {
      throw notEmpty(folder, (await readdir(target).catch(() => []))[0]);
    }
    throw new Problem(
      `DIR=${folder} cannot be replaced (${message}): name a folder that does not exist yet`,
      USAGE_EXIT_CODE,
    );
  }
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The lock file of a project, which npm writes. */
export const LOCK = "package-lock.json";

/** Puts the packages into a new project. */
export async function copyPackages(folder: string, packages: Packages): Promise<void> {
  const vendor = join(folder, VENDOR);
  await mkdir(vendor, { recursive: true });
  for (const name of packages.tarballs) {
    await copyFile(join(packages.folder, name), join(vendor, name));
  }
}

/**
 * Has npm write package-lock.json. What is installed is then older than that: the next `make` runs `npm ci`.
 * @throws Problem with its last lines
 */
export async function lock(folder: string): Promise<void> {
  const args = ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { code, output } = await run("npm", [...args, "--loglevel=error"], { cwd: folder });
  // npm has it say that the new packages are installed, which they are not.
  await rm(join(folder, "node_modules/.package-lock.json"), { force: true });
  if (code === 0) return;
  throw new Problem(`npm cannot resolve the packages of the project:\n${output.trim()}`);
}

async function firstCommit(folder: string, { app, version }: Origin): Promise<void> {
  const git = async (...args: string[]): Promise<void> => {
    const { code, output } = await run("git", args, { cwd: folder });
    if (code !== 0) throw new Problem(`git ${args[0]} failed: ${output.trim()}`);
  };
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  // Where git does not know who commits, this says who made it.
  const values = await Promise.all(
    ["user.name", "user.email"].map((key) => run("git", ["config", key], { cwd: folder })),
  );
  const author = values.every(({ stdout }) => stdout.trim() !== "")
    ? []
    : ["-c", "user.name=gatehouse", "-c", "user.email=gatehouse@localhost"];
  await git(
    ...author,
    "commit",
    "--quiet",
    "--message",
    `A new ${app} project of Gatehouse ${version}`,
  );
}

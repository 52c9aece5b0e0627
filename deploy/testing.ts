import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clone, openClone } from "./clone.ts";
import { type CommandResult, run } from "./command.ts";
import { freePorts } from "./dev/ports.ts";

/** A test, or node:test itself for the life of the test file. */
interface Lifetime {
  readonly after: (work: () => Promise<void>) => void;
}

/** Of the make that runs the tests, which passes them on to each program that it starts. */
const OF_MAKE = { MAKEFLAGS: undefined, MAKELEVEL: undefined, MFLAGS: undefined, TO: undefined };

/** Runs make in a folder, as an operator does in a terminal of their own. */
export function runMake(
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return run("make", ["--no-print-directory", ...words], {
    cwd: folder,
    env: { ...OF_MAKE, ...env },
  });
}

/** A TCP port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts([0]);
  return port;
}

/** A folder that is removed after the test. */
export async function temporaryFolder(t: Lifetime): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A clone with nothing in it but .env.example. */
export async function temporaryClone(t: Lifetime): Promise<Clone> {
  const clone = openClone(await temporaryFolder(t));
  await copyFile(openClone().envExample, clone.envExample);
  return clone;
}

/** A new clone whose commands can run, with the installed packages of this one. */
export async function runnableClone(t: Lifetime, { packages = true } = {}): Promise<Clone> {
  const clone = await temporaryClone(t);
  const { root } = openClone();
  for (const name of [
    "package.json",
    "compose.yaml",
    "deploy",
    "examples",
    "packages",
    "services",
  ]) {
    await cp(join(root, name), join(clone.root, name), { recursive: true });
  }
  if (packages) await symlink(join(root, "node_modules"), join(clone.root, "node_modules"));
  return clone;
}

/** What belongs to one clone only, or is too large to copy. */
const LEFT_OUT = [
  "backups",
  ".cache",
  ".dev",
  ".env",
  ".git",
  "node_modules",
  "reports",
  "secrets",
];

/**
 * A copy of this whole clone in which everything may be changed: its packages are those of this one, but
 * ours among them lead into the copy.
 */
export async function wholeClone(t: Lifetime): Promise<Clone> {
  const { root } = openClone();
  const clone = openClone(await temporaryFolder(t));
  await cp(root, clone.root, {
    recursive: true,
    filter: (source) => !LEFT_OUT.some((name) => source === join(root, name)),
  });
  await linkPackages(clone.root);
  return clone;
}

/** Gives a clone the packages of this one; ours lead to the folders of the clone that they lie in. */
export async function linkPackages(folder: string): Promise<void> {
  // As root, Postgres runs as another user, who must be able to enter.
  await chmod(folder, 0o755);
  const { root } = openClone();
  const ours = "node_modules/@gatehouse";
  await mkdir(join(folder, "node_modules"));
  for (const name of await readdir(join(root, "node_modules"))) {
    if (name === "@gatehouse") continue;
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  await cp(join(root, ours), join(folder, ours), { recursive: true, verbatimSymlinks: true });
}

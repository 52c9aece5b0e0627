// Runs in a container beside the media, with no package of ours: it reads a line with a verb, does it, and writes
// a line of JSON. The folder of the media is its first argument.
import {
  type Dirent,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const root = process.argv[1] ?? "";

/** The folders of backup and restore within the media: a hard link and a rename need the same volume. */
const LINKS = ".gatehouse-backup";
const STAGED = ".gatehouse-restore";
const REPLACED = ".gatehouse-replaced";
const OURS = [LINKS, STAGED, REPLACED];

interface Totals {
  readonly files: number;
  readonly bytes: number;
}

/** Every file and folder below a folder, ours left out, by paths from there. What goes meanwhile is left out. */
function* walk(folder: string, path = ""): Generator<{ path: string; isFolder: boolean }> {
  let entries: Dirent[] = [];
  try {
    entries = readdirSync(join(folder, path), { withFileTypes: true });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  for (const entry of entries) {
    if (path === "" && OURS.includes(entry.name)) continue;
    const below = join(path, entry.name);
    if (entry.isDirectory()) {
      yield { path: below, isFolder: true };
      yield* walk(folder, below);
    } else if (entry.isFile() || entry.isSymbolicLink()) {
      yield { path: below, isFolder: false };
    }
  }
}

/** Has a folder of hard links be what the media are now. @returns what it has then */
function link(): Totals {
  const target = join(root, LINKS);
  mkdirSync(target, { recursive: true });
  const seen = new Set<string>();
  const totals = { files: 0, bytes: 0 };
  for (const { path, isFolder } of walk(root)) {
    seen.add(path);
    if (isFolder) {
      makeFolder(join(target, path));
      continue;
    }
    const size = linkOne(join(root, path), join(target, path));
    if (size === undefined) continue;
    totals.files += 1;
    totals.bytes += size;
  }
  for (const { path } of walk(target)) {
    if (!seen.has(path)) rmSync(join(target, path), { recursive: true, force: true });
  }
  return totals;
}

/** A file that has become a folder since the last time has the old link in its way. */
function makeFolder(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(path);
  mkdirSync(path, { recursive: true });
}

/** @returns the file's bytes; undefined if it has gone */
function linkOne(from: string, to: string): number | undefined {
  try {
    const { ino, size } = lstatSync(from);
    const linked = lstatSync(to, { throwIfNoEntry: false });
    // The name may have become another file's.
    if (linked !== undefined && linked.ino !== ino) rmSync(to, { recursive: true });
    if (linked?.ino !== ino) linkSync(from, to);
    return size;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function measure(folder: string): Totals {
  const totals = { files: 0, bytes: 0 };
  for (const { path, isFolder } of walk(folder)) {
    if (isFolder) continue;
    totals.files += 1;
    totals.bytes += lstatSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0;
  }
  return totals;
}

/** Adds what is staged to the media: what is in them stays, unless it has the same name. */
function add(): void {
  const draft = join(root, STAGED, ".adding");
  for (const { path, isFolder } of walk(join(root, STAGED))) {
    const target = join(root, path);
    if (isFolder) mkdirSync(target, { recursive: true });
    else {
      mkdirSync(dirname(target), { recursive: true });
      linkSync(join(root, STAGED, path), draft);
      renameSync(draft, target);
      // A rename between two names of one file does nothing.
      rmSync(draft, { force: true });
    }
  }
}

/** Has the media be what is staged, and nothing else. */
function swap(): void {
  const replaced = join(root, REPLACED);
  mkdirSync(replaced);
  for (const name of readdirSync(root)) {
    if (!OURS.includes(name)) renameSync(join(root, name), join(replaced, name));
  }
  for (const name of readdirSync(join(root, STAGED))) {
    renameSync(join(root, STAGED, name), join(root, name));
  }
  discard();
}

/** Removes the folders of backup and restore. */
function discard(): void {
  for (const name of OURS) rmSync(join(root, name), { recursive: true, force: true });
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function free(): number {
  const { bavail, bsize } = statfsSync(root);
  return bavail * bsize;
}

const VERBS = {
  add,
  discard,
  free,
  link,
  swap,
  measure: () => measure(root),
  stage: () => void mkdirSync(join(root, STAGED)),
  staged: () => measure(join(root, STAGED)),
};

export type Verb = keyof typeof VERBS;
export type ResultOf<Name extends Verb> = ReturnType<(typeof VERBS)[Name]>;

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ result: VERBS[line as Verb]() ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}

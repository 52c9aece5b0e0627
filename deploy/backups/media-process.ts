// Runs in a container beside the media, with no package of ours: it reads a line with a verb, does it, and writes
// a line of JSON. The folder of the media is its first argument.
import {
  accessSync,
  constants,
  type Dirent,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { join } from "node:path";
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

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What a folder has, ours left out; nothing if it has gone. */
function entriesOf(folder: string, path: string): Entry[] {
  let entries: Dirent[] = [];
  try {
    entries = readdirSync(join(folder, path), { withFileTypes: true });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return entries.flatMap((entry): Entry[] => {
    const { name } = entry;
    if (path === "" && OURS.includes(name)) return [];
    if (entry.isDirectory()) return [{ name, isFolder: true }];
    return entry.isFile() || entry.isSymbolicLink() ? [{ name, isFolder: false }] : [];
  });
}

/** A folder of the media, and what of it has links. */
interface Linked {
  /** Which folder it is and when it changed; undefined if a change of that moment would not show in it. */
  state: string | undefined;
  readonly names: Map<string, "file" | "folder">;
}

const linked = new Map<string, Linked>();

/** Files in large folders that have changed, whose names had links already: each may be another file by now. */
let doubtful: string[] = [];

/** When `linkChanges` had the last moment, by the clock of files. */
let caughtAt = 0;

/** Milliseconds within which two changes of a folder may look like one: some file systems count whole seconds. */
const GRAIN = 2_000;

/** The names in a changed folder that are compared one by one while writers wait. */
const FEW = 1_000;

/** Gives each file of the media a second name, in a folder of ours. */
function link(): void {
  unlink();
  linkFolder("");
}

/** Removes these names. */
function unlink(): void {
  rmSync(join(root, LINKS), { recursive: true, force: true });
  linked.clear();
  doubtful = [];
}

function linkFolder(path: string): void {
  mkdirSync(join(root, LINKS, path), { recursive: true });
  linked.set(path, { state: undefined, names: new Map() });
  linkChangesOf(path);
}

/**
 * Has the links be what the media are now. It reads the folders that have changed, and nothing else: a file that is
 * added, deleted or replaced changes its folder. So it is quick however many files there are: writers wait for it.
 */
function linkChanges(): void {
  for (const [path, { state }] of [...linked]) {
    if (state === undefined || state !== stateOf(path)) linkChangesOf(path);
  }
  caughtAt = Date.now();
}

function linkChangesOf(path: string): void {
  const folder = linked.get(path);
  if (folder === undefined) return;
  const { names } = folder;
  // Before its names are read: what changes afterwards shows.
  folder.state = stateOf(path);
  const gone = new Map(names);
  const compare = names.size <= FEW;
  for (const { name, isFolder } of entriesOf(root, path)) {
    const below = join(path, name);
    const kind = isFolder ? "folder" : "file";
    const before = gone.get(name);
    gone.delete(name);
    if (before === kind) {
      if (isFolder) continue;
      if (compare) linkOne(below);
      else doubtful.push(below);
      continue;
    }
    if (before !== undefined) forget(below, before);
    if (isFolder) linkFolder(below);
    if (isFolder || linkOne(below)) names.set(name, kind);
  }
  for (const [name, kind] of gone) {
    names.delete(name);
    forget(join(path, name), kind);
  }
}

/** Removes the links of what has gone. */
function forget(path: string, kind: "file" | "folder"): void {
  rmSync(join(root, LINKS, path), { recursive: true, force: true });
  if (kind === "file") return;
  for (const each of linked.keys()) {
    if (each === path || each.startsWith(`${path}/`)) linked.delete(each);
  }
}

function stateOf(path: string): string | undefined {
  const folder = lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false });
  if (folder === undefined || Number(folder.mtimeMs) > Date.now() - GRAIN) return undefined;
  return `${folder.ino} ${folder.mtimeNs}`;
}

/** @returns false if the file has gone */
function linkOne(path: string): boolean {
  const [from, to] = [join(root, path), join(root, LINKS, path)];
  try {
    const { ino } = lstatSync(from);
    const old = lstatSync(to, { throwIfNoEntry: false });
    // The name may have become another file's.
    if (old !== undefined && old.ino !== ino) rmSync(to);
    if (old?.ino !== ino) linkSync(from, to);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/**
 * Links again what had become another file by the last `linkChanges`; what became one later keeps its link.
 * @returns what the links have
 */
function settle(): Totals {
  for (const path of doubtful) {
    // Getting a name changes a file's ctime.
    const since = lstatSync(join(root, path), { throwIfNoEntry: false })?.ctimeMs;
    if (since !== undefined && since <= caughtAt) linkOne(path);
  }
  doubtful = [];
  return measure(LINKS);
}

function measure(folder: string): Totals {
  const totals = { files: 0, bytes: 0 };
  const add = (path: string): void => {
    for (const { name, isFolder } of entriesOf(join(root, folder), path)) {
      const below = join(path, name);
      if (isFolder) {
        add(below);
        continue;
      }
      totals.files += 1;
      totals.bytes += lstatSync(join(root, folder, below), { throwIfNoEntry: false })?.size ?? 0;
    }
  };
  add("");
  return totals;
}

/** Begins a set of media beside those that are served. @throws Error if they could not be replaced by it */
function stage(): void {
  for (const { name, isFolder } of entriesOf(root, "")) {
    if (!isFolder) continue;
    try {
      accessSync(join(root, name), constants.W_OK);
    } catch {
      // It can be renamed where it is, and not be moved into another folder.
      throw new Error(
        `the folder ${name} belongs to another user: give it to uid 1000, then again`,
      );
    }
  }
  mkdirSync(join(root, STAGED));
}

function unstage(): void {
  rmSync(join(root, STAGED), { recursive: true, force: true });
}

/** Has the media be what is staged. What they were is kept, in a folder of its own each time, until `discard`. */
function swap(): void {
  const kept = join(root, REPLACED);
  mkdirSync(kept, { recursive: true });
  const folder = join(kept, String(readdirSync(kept).length + 1));
  mkdirSync(folder);
  for (const name of readdirSync(root)) {
    if (!OURS.includes(name)) renameSync(join(root, name), join(folder, name));
  }
  for (const name of readdirSync(join(root, STAGED))) {
    renameSync(join(root, STAGED, name), join(root, name));
  }
  unstage();
}

/** Removes what a restore has replaced. */
function discard(): void {
  unstage();
  rmSync(join(root, REPLACED), { recursive: true, force: true });
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function free(): number {
  const { bavail, bsize } = statfsSync(root);
  return bavail * bsize;
}

const VERBS = {
  ...{ discard, free, link, linkChanges, settle, stage, swap, unlink, unstage },
  measure: () => measure(""),
  staged: () => measure(STAGED),
  /** Whether a restore has ended in the middle, and left what it staged or replaced. */
  leftover: () => [STAGED, REPLACED].some((name) => existsSync(join(root, name))),
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

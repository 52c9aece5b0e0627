import { existsSync, lstatSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../command.ts";
import type { Journal } from "./journal.ts";
import { endsInCrlf } from "./line-ends.ts";
import { linkIn } from "./links.ts";
import { mergeManifests } from "./merge-manifest.ts";
import { ORIGIN_FILE } from "./origin.ts";
import type { Files } from "./starter.ts";

/** What was done with a file, and whether the operator has to check it. */
export interface Change {
  readonly path: string;
  readonly done: string;
  readonly conflict?: boolean;
  /** Of a file with markers in it: the template before, yours, the template now. */
  readonly versions?: readonly (string | undefined)[];
}

/** What the starter has only begun: yours counts where the two do not go together. */
const YOURS = /^(app|tests)\//;

/** What is written there whatever was there. */
const OURS = new Set([ORIGIN_FILE]);

/**
 * Brings into a project what has changed in the files that it was made from.
 * @param journal changes the files
 * @param base the files of the version that the project follows
 * @param theirs those of the new version
 * @param renames paths of the base, with those that the files have in the new version
 */
export async function mergeFiles(
  root: string,
  journal: Journal,
  base: Files,
  theirs: Files,
  renames: Readonly<Record<string, string>> = {},
): Promise<Change[]> {
  const changes: Change[] = [];
  const old = new Map(base);
  for (const [from, to] of Object.entries(renames)) {
    const text = base.get(from);
    if (text === undefined || !theirs.has(to)) continue;
    // Nothing is moved through a link: the two are files of their own then.
    if (linkIn(root, from) !== undefined) continue;
    old.delete(from);
    if (linkIn(root, to) !== undefined) {
      changes.push({ path: from, done: `is ${to} in the template; yours stays` });
      continue;
    }
    old.set(to, text);
    if (!existsSync(join(root, from)) || existsSync(join(root, to))) continue;
    await journal.move(join(root, from), join(root, to));
    changes.push({ path: from, done: `is now ${to}` });
  }
  for (const path of [...new Set([...old.keys(), ...theirs.keys()])].sort()) {
    const change = await mergeFile(root, journal, path, old.get(path), theirs.get(path));
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

async function mergeFile(
  root: string,
  journal: Journal,
  path: string,
  base: string | undefined,
  theirs: string | undefined,
): Promise<Change | undefined> {
  if (base === theirs) return undefined;
  const file = join(root, path);
  const link = linkIn(root, path);
  if (link !== undefined) {
    const what = link === path ? "is a symbolic link" : `is behind the symbolic link ${link}`;
    return { path, done: `has changed in the template, and ${what} here; yours stays` };
  }
  const found = existsSync(file) ? await readFile(file, "utf8") : undefined;
  const hasCrlf = found !== undefined && endsInCrlf(found);
  const yours = hasCrlf ? found.replaceAll("\r\n", "\n") : found;
  if (yours === theirs) return undefined;
  if (theirs === undefined) {
    if (yours !== base) return { path, done: "is no part of the template any more; yours stays" };
    await journal.remove(file);
    return { path, done: "removed" };
  }
  const write = async (text: string, done: string): Promise<Change> => {
    await journal.write(file, hasCrlf ? text.replaceAll("\n", "\r\n") : text);
    return { path, done };
  };
  if (OURS.has(path)) return await write(theirs, "updated");
  if (yours === undefined) {
    if (base === undefined) return await write(theirs, "new");
    return { path, done: "has changed in the template, and you have removed it: it stays removed" };
  }
  if (yours === base) return await write(theirs, "updated");
  if (path.endsWith("package.json")) {
    const { text, conflicts } = mergeManifests(path, base ?? "{}", yours, theirs);
    const change = await write(text, ["merged by key", ...conflicts].join("; "));
    return conflicts.length === 0 ? change : { ...change, conflict: true };
  }
  const { text, conflicts } = await mergeTexts(base ?? "", yours, theirs);
  if (conflicts === 0) return await write(text, "merged");
  if (YOURS.test(path)) return { path, done: "has changed in the template too; yours stays" };
  const change = await write(text, `${conflicts === 1 ? "a conflict" : `${conflicts} conflicts`}`);
  return { ...change, conflict: true, versions: [base, yours, theirs] };
}

/** A merge as git does it: with markers where both sides have changed the same lines. */
async function mergeTexts(
  base: string,
  yours: string,
  theirs: string,
): Promise<{ text: string; conflicts: number }> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-merge-"));
  try {
    const texts = { yours, base, theirs };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
    const labels = ["yours", "the template before", "the template now"].flatMap((label) => [
      "-L",
      label,
    ]);
    const { code, stdout, output } = await run(
      "git",
      ["merge-file", "--stdout", ...labels, "yours", "base", "theirs"],
      { cwd: folder },
    );
    // The number of conflicts, at most 127; an error is above.
    if (code > 127) throw new Error(`git merge-file: ${output.trim()}`);
    return { text: stdout, conflicts: code };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Has git show each file with markers in it as one that both sides have changed, until it is added again: all of
 * them, or none.
 * @throws Error with git's message
 */
export async function markUnmerged(root: string, changes: readonly Change[]): Promise<void> {
  const git = async (args: readonly string[], input = ""): Promise<string> => {
    const { code, stdout, output } = await run("git", args, { cwd: root, input });
    if (code !== 0) throw new Error(`git ${args[0]}: ${output.trim()}`);
    return stdout.trim();
  };
  // The index has paths from the top of the repository, and the project may be a folder of it.
  const above = await git(["rev-parse", "--show-prefix"]);
  const entries: string[] = [];
  for (const { path, versions = [] } of changes) {
    if (versions.length === 0) continue;
    const mode = (lstatSync(join(root, path)).mode & 0o100) === 0 ? "100644" : "100755";
    entries.push(`0 ${"0".repeat(40)}\t${above}${path}`);
    for (const [index, text] of versions.entries()) {
      if (text === undefined) continue;
      const blob = await git(["hash-object", "-w", "--stdin"], text);
      entries.push(`${mode} ${blob} ${index + 1}\t${above}${path}`);
    }
  }
  if (entries.length === 0) return;
  await git(["update-index", "-z", "--index-info"], entries.map((each) => `${each}\0`).join(""));
}

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../command.ts";
import { mergeManifests } from "./merge-manifest.ts";
import { ORIGIN_FILE } from "./origin.ts";
import type { Files } from "./starter.ts";

/** What was done with a file, and whether the operator has to look at it. */
export interface Change {
  readonly path: string;
  readonly done: string;
  readonly conflict?: boolean;
}

/** What the starter has only begun: yours counts where the two do not go together. */
const YOURS = /^(app|tests)\//;

/** What is written there without a look at what was there. */
const OURS = new Set([ORIGIN_FILE]);

/**
 * Brings into a project what has changed in the files that it was made from.
 * @param base the files of the version that the project follows
 * @param theirs those of the new version
 * @param renames paths of the base, with those that the files have in the new version
 */
export async function mergeFiles(
  root: string,
  base: Files,
  theirs: Files,
  renames: Readonly<Record<string, string>> = {},
): Promise<Change[]> {
  const changes: Change[] = [];
  const old = new Map(base);
  for (const [from, to] of Object.entries(renames)) {
    const text = base.get(from);
    if (text === undefined || !theirs.has(to)) continue;
    old.delete(from);
    old.set(to, text);
    if (!existsSync(join(root, from)) || existsSync(join(root, to))) continue;
    await mkdir(dirname(join(root, to)), { recursive: true });
    await rename(join(root, from), join(root, to));
    changes.push({ path: from, done: `is now ${to}` });
  }
  for (const path of [...new Set([...old.keys(), ...theirs.keys()])].sort()) {
    const change = await mergeFile(root, path, old.get(path), theirs.get(path));
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

async function mergeFile(
  root: string,
  path: string,
  base: string | undefined,
  theirs: string | undefined,
): Promise<Change | undefined> {
  if (base === theirs) return undefined;
  const file = join(root, path);
  const yours = existsSync(file) ? await readFile(file, "utf8") : undefined;
  if (yours === theirs) return undefined;
  if (theirs === undefined) {
    if (yours !== base) return { path, done: "is no part of the template any more; yours stays" };
    await rm(file);
    return { path, done: "removed" };
  }
  const write = async (text: string, done: string): Promise<Change> => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return { path, done };
  };
  if (OURS.has(path)) return await write(theirs, "updated");
  if (yours === undefined) {
    if (base === undefined) return await write(theirs, "new");
    return { path, done: "has changed in the template, and you have removed it: it stays removed" };
  }
  if (yours === base) return await write(theirs, "updated");
  if (path.endsWith("package.json")) {
    const { text, conflicts } = mergeManifests(base ?? "{}", yours, theirs);
    const change = await write(text, ["merged by key", ...conflicts].join("; "));
    return conflicts.length === 0 ? change : { ...change, conflict: true };
  }
  const { text, conflicts } = await mergeTexts(base ?? "", yours, theirs);
  if (conflicts === 0) return await write(text, "merged");
  if (YOURS.test(path)) return { path, done: "has changed in the template too; yours stays" };
  const change = await write(text, `${conflicts === 1 ? "a conflict" : `${conflicts} conflicts`}`);
  await markUnmerged(root, path, [base, yours, theirs]);
  return { ...change, conflict: true };
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

/** Has git show a file as one that both sides have changed, until it is added again. */
async function markUnmerged(
  root: string,
  path: string,
  versions: readonly (string | undefined)[],
): Promise<void> {
  const lines = [`0 ${"0".repeat(40)}\t${path}`];
  for (const [index, text] of versions.entries()) {
    if (text === undefined) continue;
    const args = ["hash-object", "-w", "--stdin"];
    const { stdout } = await run("git", args, { cwd: root, input: text });
    lines.push(`100644 ${stdout.trim()} ${index + 1}\t${path}`);
  }
  await run("git", ["update-index", "--index-info"], { cwd: root, input: `${lines.join("\n")}\n` });
}

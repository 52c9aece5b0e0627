import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../testing.ts";
import { MediaProcess } from "./media.ts";
import { Program } from "./program.ts";

const LINKS = ".gatehouse-backup";
const STAGED = ".gatehouse-restore";

async function start(t: TestContext, files: Readonly<Record<string, string>>) {
  const root = await temporaryFolder(t);
  await writeAll(root, files);
  const source = await readFile(join(import.meta.dirname, "media-process.ts"), "utf8");
  const args = ["--input-type=module-typescript", "--eval", source, root];
  const program = new Program(process.execPath, args);
  t.after(() => program.stdin.end());
  return { root, media: new MediaProcess(program) };
}

async function writeAll(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** The contents of all files below a folder, by their paths. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const pairs = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(folder.length + 1), await readFile(path, "utf8")] as const;
  });
  return Object.fromEntries((await Promise.all(pairs)).sort());
}

test("the links are the files of the last moment: added, deleted and replaced ones too", async (t) => {
  const { root, media } = await start(t, { a: "1", "in/b": "22", "in/c": "333" });
  assert.deepEqual(await media.run("link"), { files: 3, bytes: 6 });
  await rm(join(root, "a"));
  await writeAll(root, { "in/new": "4444", ".draft": "55555" });
  await rename(join(root, ".draft"), join(root, "in/b"));
  assert.deepEqual(await media.run("link"), { files: 3, bytes: 12 });
  const expected = { "in/b": "55555", "in/c": "333", "in/new": "4444" };
  assert.deepEqual(await contents(join(root, LINKS)), expected);
  // From now on deletions do not reach the copy.
  await rm(join(root, "in"), { recursive: true });
  assert.deepEqual(await contents(join(root, LINKS)), expected);
  await media.run("discard");
  assert.deepEqual(await readdir(root), []);
});

test("a folder that becomes a file, and a file that becomes a folder, are followed", async (t) => {
  const { root, media } = await start(t, { a: "1", "b/c": "2" });
  await media.run("link");
  await rm(join(root, "a"));
  await rm(join(root, "b"), { recursive: true });
  await writeAll(root, { "a/d": "3", b: "4" });
  await media.run("link");
  assert.deepEqual(await contents(join(root, LINKS)), { "a/d": "3", b: "4" });
});

test("a symbolic link is copied as one, and not followed", async (t) => {
  const { root, media } = await start(t, {});
  await symlink("/etc", join(root, "away"));
  assert.equal((await media.run("link")).files, 1);
});

test("what is staged is added without the loss of anything, then it is all that there is", async (t) => {
  const { root, media } = await start(t, { old: "1", "in/same": "2" });
  await media.run("stage");
  await writeAll(join(root, STAGED), { new: "3", "in/same": "4" });
  assert.deepEqual(await media.run("staged"), { files: 2, bytes: 2 });
  await media.run("add");
  const { old, new: added, "in/same": same } = await contents(root);
  assert.deepEqual([old, added, same], ["1", "3", "4"]);
  await media.run("swap");
  assert.deepEqual(await contents(root), { "in/same": "4", new: "3" });
  assert.deepEqual((await readdir(root)).sort(), ["in", "new"]);
});

test("a verb that fails says why, and the process goes on", async (t) => {
  const { root, media } = await start(t, { a: "1" });
  await mkdir(join(root, STAGED));
  await assert.rejects(media.run("stage"), /the media: .*EEXIST/);
  assert.deepEqual(await media.run("measure"), { files: 1, bytes: 1 });
});

import assert from "node:assert/strict";
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../testing.ts";
import { MediaProcess } from "./media.ts";
import { Program } from "./program.ts";

const LINKS = ".gatehouse-backup";
const STAGED = ".gatehouse-restore";
const REPLACED = ".gatehouse-replaced";

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
  await media.run("link");
  await rm(join(root, "a"));
  await writeAll(root, { "in/new": "4444", ".draft": "55555" });
  await rename(join(root, ".draft"), join(root, "in/b"));
  await media.run("linkChanges");
  // From now on neither deletions nor other files of the same names reach the copy.
  await writeAll(root, { late: "6", ".draft": "7" });
  await rename(join(root, ".draft"), join(root, "in/c"));
  await rm(join(root, "in"), { recursive: true });
  assert.deepEqual(await media.run("settle"), { files: 3, bytes: 12 });
  const expected = { "in/b": "55555", "in/c": "333", "in/new": "4444" };
  assert.deepEqual(await contents(join(root, LINKS)), expected);
  await media.run("unlink");
  assert.deepEqual(await readdir(root), ["late"]);
});

test("a folder that becomes a file, and a file that becomes a folder, are followed", async (t) => {
  const { root, media } = await start(t, { a: "1", "b/c": "2" });
  await media.run("link");
  await rm(join(root, "a"));
  await rm(join(root, "b"), { recursive: true });
  await writeAll(root, { "a/d": "3", b: "4" });
  await media.run("linkChanges");
  await media.run("settle");
  assert.deepEqual(await contents(join(root, LINKS)), { "a/d": "3", b: "4" });
});

test("a change is noticed in a folder that was quiet for long, and in one that changes all the time", async (t) => {
  const { root, media } = await start(t, { "quiet/in/a": "1", "busy/a": "1" });
  const hour = new Date(Date.now() - 3_600_000);
  for (const path of ["quiet/in", "quiet", "."]) await utimes(join(root, path), hour, hour);
  await media.run("link");
  await writeAll(root, { "quiet/in/b": "2", "busy/b": "2" });
  await media.run("linkChanges");
  const linked = Object.keys(await contents(join(root, LINKS)));
  assert.deepEqual(linked, ["busy/a", "busy/b", "quiet/in/a", "quiet/in/b"]);
});

test("a change is noticed where the file system counts whole seconds, and it is still the same one", async (t) => {
  const { root, media } = await start(t, { "in/a": "1" });
  await media.run("measure");
  const second = new Date(Math.floor(Date.now() / 1000) * 1000);
  await utimes(join(root, "in"), second, second);
  await media.run("link");
  await writeAll(root, { "in/b": "2" });
  await utimes(join(root, "in"), second, second);
  await media.run("linkChanges");
  assert.deepEqual(await contents(join(root, LINKS)), { "in/a": "1", "in/b": "2" });
});

test("another folder of the same name is another folder, as old as it may be", async (t) => {
  const { root, media } = await start(t, { "in/a": "1", "in/b": "2", "other/b": "3" });
  const hour = new Date(Date.now() - 3_600_000);
  for (const path of ["in", "other"]) await utimes(join(root, path), hour, hour);
  await media.run("link");
  await rename(join(root, "in"), join(root, "old"));
  await rename(join(root, "other"), join(root, "in"));
  await media.run("linkChanges");
  await media.run("settle");
  assert.deepEqual(await contents(join(root, LINKS)), { "in/b": "3", "old/a": "1", "old/b": "2" });
});

test("of a large folder, what was replaced before the moment is the new file, and after it the old one", async (t) => {
  const names = Array.from({ length: 1500 }, (_, at) => `file-${at}`);
  const { root, media } = await start(t, Object.fromEntries(names.map((name) => [name, "1"])));
  const replace = async (name: string, content: string) => {
    await writeAll(root, { draft: content });
    await rename(join(root, "draft"), join(root, name));
  };
  await media.run("link");
  await replace("file-7", "before");
  await media.run("linkChanges");
  // The clock of files has steps of some milliseconds.
  const clock = join(await temporaryFolder(t), "clock");
  const caught = Date.now();
  do await writeFile(clock, "");
  while ((await stat(clock)).ctimeMs <= caught);
  await replace("file-8", "after");
  await rm(join(root, "file-9"));
  assert.deepEqual(await media.run("settle"), { files: 1500, bytes: 1505 });
  const links = await contents(join(root, LINKS));
  assert.deepEqual([links["file-7"], links["file-8"], links["file-9"]], ["before", "1", "1"]);
});

test("a symbolic link is copied as one, and not followed", async (t) => {
  const { root, media } = await start(t, {});
  await symlink("/etc", join(root, "away"));
  await media.run("link");
  assert.equal((await media.run("settle")).files, 1);
});

test("what is staged changes nothing that is served, until it is all that is served; what was is kept", async (t) => {
  const { root, media } = await start(t, { old: "1", "in/same": "2" });
  await media.run("stage");
  await writeAll(join(root, STAGED), { new: "3", "in/same": "4" });
  assert.deepEqual(await media.run("staged"), { files: 2, bytes: 2 });
  assert.deepEqual(await media.run("measure"), { files: 2, bytes: 2 });
  assert.equal(await readFile(join(root, "in/same"), "utf8"), "2");
  await media.run("swap");
  const kept = { "in/same": "2", old: "1" };
  assert.deepEqual(await contents(join(root, REPLACED, "1")), kept);
  // A restore that goes wrong afterwards is run again, and takes nothing away.
  assert.equal(await media.run("leftover"), true);
  await media.run("stage");
  await writeAll(join(root, STAGED), { new: "5" });
  await media.run("swap");
  assert.deepEqual(await contents(join(root, REPLACED, "1")), kept);
  await media.run("discard");
  assert.equal(await media.run("leftover"), false);
  assert.deepEqual(await contents(root), { new: "5" });
  assert.deepEqual(await readdir(root), ["new"]);
});

test("a backup removes nothing of what a restore has staged or replaced", async (t) => {
  const { root, media } = await start(t, { a: "1" });
  await writeAll(root, { [`${STAGED}/b`]: "2", [`${REPLACED}/1/c`]: "3" });
  await media.run("link");
  assert.deepEqual(await media.run("settle"), { files: 1, bytes: 1 });
  await media.run("unlink");
  assert.deepEqual((await readdir(root)).sort(), [REPLACED, STAGED, "a"].sort());
});

test("a verb that fails says why, and the process goes on", async (t) => {
  const { root, media } = await start(t, { a: "1" });
  await mkdir(join(root, STAGED));
  await assert.rejects(media.run("stage"), /the media: .*EEXIST/);
  assert.deepEqual(await media.run("measure"), { files: 1, bytes: 1 });
});

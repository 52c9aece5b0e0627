import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { readAssets } from "../assets.ts";
import { collectStatic } from "./collectstatic.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "collectstatic-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("collecting makes the folder and writes every file under its hashed name", async () => {
  const assetsDirectory = join(folder, "new", "assets");
  await collectStatic({ assetsDirectory });
  const names = readAssets().map(({ hashedName }) => hashedName);
  assert.deepEqual((await readdir(assetsDirectory)).sort(), names.sort());
});

test("collecting twice touches nothing, and older releases' files stay", async () => {
  await writeFile(join(folder, "style.00000000.css"), "old");
  await collectStatic({ assetsDirectory: folder });
  const before = await stats(folder);
  assert.match(await collectStatic({ assetsDirectory: folder }), /, 0 of them new$/);
  assert.deepEqual(await stats(folder), before);
  assert.equal(await readFile(join(folder, "style.00000000.css"), "utf8"), "old");
});

test("a file that is damaged is replaced", async () => {
  const [asset] = readAssets();
  assert.ok(asset);
  await writeFile(join(folder, asset.hashedName), "half");
  assert.match(
    await collectStatic({ assetsDirectory: folder }),
    new RegExp(`, ${readAssets().length} of`),
  );
  assert.deepEqual(await readFile(join(folder, asset.hashedName)), asset.content);
});

async function stats(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  const lines = names.map(async (name) => {
    const { ino, mtimeMs } = await stat(join(directory, name));
    return `${name} ${ino} ${mtimeMs}`;
  });
  return (await Promise.all(lines)).sort();
}

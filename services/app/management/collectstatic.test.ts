import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { readAssets } from "../assets.ts";
import { collectStatic } from "./collectstatic.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "collectstatic-"));
});

afterEach(() => rm(folder, { recursive: true }));

const namesIn = async (directory: string) =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1))
    .sort();

test("collecting makes the folder and writes every file under its hashed name", async () => {
  const assetsDirectory = join(folder, "new", "assets");
  await collectStatic({ assetsDirectory });
  const plain = (await namesIn(assetsDirectory)).filter((name) => !/\.(br|zst|gz)$/.test(name));
  const names = readAssets().map(({ hashedName }) => hashedName);
  assert.deepEqual(plain, [".manifest.json", ...names].sort());
});

test("a style sheet has smaller compressed variants with the same content", async () => {
  await collectStatic({ assetsDirectory: folder });
  const sheet = readAssets().find(({ name }) => name === "style.css");
  assert.ok(sheet);
  for (const [suffix, unpack] of [
    [".br", brotliDecompressSync],
    [".zst", zstdDecompressSync],
    [".gz", gunzipSync],
  ] as const) {
    const packed: Buffer = await readFile(join(folder, `${sheet.hashedName}${suffix}`));
    assert.ok(packed.length < sheet.content.length, suffix);
    assert.deepEqual(unpack(packed), sheet.content);
  }
});

test("the manifest has the hashed name of each file", async () => {
  await collectStatic({ assetsDirectory: folder });
  const manifest: Record<string, string> = JSON.parse(
    await readFile(join(folder, ".manifest.json"), "utf8"),
  );
  for (const { name, content } of readAssets()) {
    assert.deepEqual(await readFile(join(folder, manifest[name] ?? "")), content);
  }
});

test("collecting twice changes nothing, and files of older releases stay", async () => {
  await writeFile(join(folder, "style.00000000.css"), "old");
  await collectStatic({ assetsDirectory: folder });
  const before = await stats(folder);
  assert.match(await collectStatic({ assetsDirectory: folder }), /, 0 of them new$/);
  assert.deepEqual(await stats(folder), before);
  assert.equal(await readFile(join(folder, "style.00000000.css"), "utf8"), "old");
});

test("two releases that collect at once leave whole files and no drafts", async () => {
  await Promise.all([1, 2, 3].map(() => collectStatic({ assetsDirectory: folder })));
  assert.deepEqual(
    (await namesIn(folder)).filter((name) => name.endsWith(".draft")),
    [],
  );
  for (const { hashedName, content } of readAssets()) {
    assert.deepEqual(await readFile(join(folder, hashedName)), content);
  }
});

test("a damaged file is replaced", async () => {
  const [asset] = readAssets();
  assert.ok(asset);
  await writeFile(join(folder, asset.hashedName), "half");
  await collectStatic({ assetsDirectory: folder });
  assert.deepEqual(await readFile(join(folder, asset.hashedName)), asset.content);
});

async function stats(directory: string): Promise<string[]> {
  const lines = (await namesIn(directory)).map(async (name) => {
    const { ino, mtimeMs } = await stat(join(directory, name));
    return `${name} ${ino} ${mtimeMs}`;
  });
  return await Promise.all(lines);
}

import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip, zstdCompress } from "node:zlib";
import { type Asset, readAssets } from "../assets.ts";
import type { AppValues } from "../settings.ts";
import { defineCommand } from "./command.ts";

/** The hashed names of the newest release. The web server does not serve hidden files. */
const MANIFEST = ".manifest.json";

export const collectstaticCommand = defineCommand({
  summary: "writes static/ for the web server, with hashed names and compressed",
  run: ({ values }) => collectStatic(values),
});

/** Files of older releases stay: pages that are open still need them. */
export async function collectStatic(
  { assetsDirectory: directory }: Pick<AppValues, "assetsDirectory">,
  assets: readonly Asset[] = readAssets(),
): Promise<string> {
  const written = await Promise.all(assets.map((asset) => collectAsset(asset, directory)));
  const names = Object.fromEntries(assets.map(({ name, hashedName }) => [name, hashedName]));
  await collect(MANIFEST, Buffer.from(`${JSON.stringify(names, undefined, 2)}\n`), directory);
  const fresh = written.filter(Boolean).length;
  return `${assets.length} files in ${directory}, ${fresh} of them new`;
}

/** Pictures, web fonts and archives are already compressed. */
const COMPRESSIBLE = [".css", ".html", ".js", ".json", ".mjs", ".svg", ".ttf", ".txt", ".xml"];

/** The strongest level of each (Brotli's default): done once per release. */
const compressors: Readonly<Record<string, (content: Buffer) => Promise<Buffer>>> = {
  ".br": (content) => promisify(brotliCompress)(content),
  ".zst": (content) =>
    promisify(zstdCompress)(content, {
      params: { [constants.ZSTD_c_compressionLevel]: 19 },
      // Without the size it would take 90 MB at this level.
      pledgedSrcSize: content.length,
    }),
  ".gz": (content) => promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
};

async function collectAsset({ hashedName, content }: Asset, directory: string): Promise<boolean> {
  if (await holds(join(directory, hashedName), content)) return false;
  // The file is last: if it exists, its compressed variants exist too.
  if (COMPRESSIBLE.includes(extname(hashedName))) {
    for (const [suffix, compress] of Object.entries(compressors)) {
      const compressed = await compress(content);
      if (compressed.length < content.length) {
        await collect(`${hashedName}${suffix}`, compressed, directory);
      }
    }
  }
  await collect(hashedName, content, directory);
  return true;
}

/** Renames the finished file, so that the web server never sees half of one. */
async function collect(name: string, content: Buffer, directory: string): Promise<void> {
  const path = join(directory, name);
  if (await holds(path, content)) return;
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.draft`;
  try {
    await writeFile(draft, content, { flush: true, mode: 0o644 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function holds(path: string, content: Buffer): Promise<boolean> {
  try {
    return content.equals(await readFile(path));
  } catch {
    return false;
  }
}

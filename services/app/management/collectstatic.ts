import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Asset, readAssets } from "../assets.ts";
import type { AppValues } from "../settings.ts";
import { defineCommand } from "./command.ts";
import { compressions } from "./compressions.ts";

/** By which hashed name each file of the newest release is served; hidden, so not served itself. */
const MANIFEST = ".manifest.json";

export const collectstaticCommand = defineCommand({
  summary: "puts static/ where the web server serves it, hashed and compressed",
  usage: "",
  options: {},
  run: ({ values }) => collectStatic(values),
});

/**
 * Puts files of static/ under their hashed names where the web server serves them, each beside
 * its compressed forms, and a manifest. Files of older releases stay: pages that were loaded before
 * a release still ask for them.
 * @returns one line for the operator
 * @throws Error when the directory cannot be written
 */
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

async function collectAsset({ hashedName, content }: Asset, directory: string): Promise<boolean> {
  if (await holds(join(directory, hashedName), content)) return false;
  // The file comes last: where it is there, its compressed forms are too.
  for (const form of await compressions(hashedName, content)) {
    await collect(`${hashedName}${form.suffix}`, form.content, directory);
  }
  await collect(hashedName, content, directory);
  return true;
}

/** A reader sees the whole file or none: it is renamed. */
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

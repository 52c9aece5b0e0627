import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Asset, readAssets } from "../assets.ts";
import type { AppValues } from "../settings.ts";

/**
 * Puts the files of static/ under their hashed names where the web server serves them. Files of
 * older releases stay: pages that were loaded before a release still ask for them.
 * @returns one line for the operator
 * @throws Error when the directory cannot be written
 */
export async function collectStatic({
  assetsDirectory: directory,
}: Pick<AppValues, "assetsDirectory">): Promise<string> {
  await mkdir(directory, { recursive: true });
  const assets = readAssets();
  const written = await Promise.all(assets.map((asset) => collect(asset, directory)));
  const fresh = written.filter(Boolean).length;
  return `${assets.length} files in ${directory}, ${fresh} of them new`;
}

/** False where the file is there already. A reader sees the whole file or none: it is renamed. */
async function collect({ hashedName, content }: Asset, directory: string): Promise<boolean> {
  const path = join(directory, hashedName);
  if (await holds(path, content)) return false;
  const draft = join(directory, `.${hashedName}.${randomUUID()}`);
  try {
    await writeFile(draft, content, { flush: true, mode: 0o644 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return true;
}

async function holds(path: string, content: Buffer): Promise<boolean> {
  try {
    return content.equals(await readFile(path));
  } catch {
    return false;
  }
}

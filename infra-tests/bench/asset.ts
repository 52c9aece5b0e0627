import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type Docker from "dockerode";
import { root } from "../stack/clone.ts";
import { ASSET, ASSET_BYTES } from "./pages.ts";

/** A folder with the static file that every web server sends. */
export async function makeAssets(): Promise<string> {
  const folder = join(root, ".cache", "bench", "assets");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, ASSET), "/* gatehouse */".padEnd(ASSET_BYTES), { mode: 0o644 });
  return folder;
}

/** Puts it into the volume of our edge, through the one-shot that has it mounted. */
export async function putAsset({ id }: Docker.Container): Promise<void> {
  const file = join(await makeAssets(), ASSET);
  await promisify(execFile)("docker", ["cp", file, `${id}:/srv/assets/${ASSET}`]);
}

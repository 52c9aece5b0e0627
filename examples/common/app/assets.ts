import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { ASSETS_DIRECTORY = "/srv/assets" } = process.env;
const FOLDER = join(import.meta.dirname, "static");

/** The files of `static/`, by their name. A served name has a hash of the content, so browsers may keep it forever. */
const assets = new Map(
  readdirSync(FOLDER).map((name) => {
    const content = readFileSync(join(FOLDER, name));
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
    return [name, { content, served: name.replace(/(\.\w+)$/, `.${hash}$1`) }];
  }),
);

/** The path of a file of `static/`, which the web server serves. @throws Error for an unknown name */
export function assetPath(name: string): string {
  const asset = assets.get(name);
  if (asset === undefined) throw new Error(`there is no static/${name}`);
  return `/assets/${asset.served}`;
}

/** Adds the files to what the web server serves. Those of earlier releases stay: open pages still need them. */
export function collectStatic(): void {
  mkdirSync(ASSETS_DIRECTORY, { recursive: true });
  for (const { content, served } of assets.values()) {
    writeFileSync(join(ASSETS_DIRECTORY, served), content);
  }
}

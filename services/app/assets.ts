import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "node:path";

/** Where the web server serves what collectstatic has written. */
const PREFIX = "/assets/";

export interface Asset {
  /** The name in static/: "style.css". */
  readonly name: string;
  /** The name to serve it by: "style.3f2a9c1b.css". New content gets a new name. */
  readonly hashedName: string;
  readonly content: Buffer;
}

/**
 * The files of static/ with their hashed names. collectstatic and the site itself both compute the
 * names by this function, so the site needs neither a manifest nor the web server's volume.
 */
export function readAssets(directory: URL = new URL("./static/", import.meta.url)): Asset[] {
  return readdirSync(directory)
    .sort()
    .map((name) => {
      const content = readFileSync(new URL(name, directory));
      const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
      const { name: stem, ext } = parse(name);
      return { name, hashedName: `${stem}.${hash}${ext}`, content };
    });
}

/**
 * A lookup for templates: asset("style.css") is "/assets/style.3f2a9c1b.css".
 * The lookup throws for a name that is not in static/.
 */
export function assetUrls(assets: readonly Asset[]): (name: string) => string {
  const urls = new Map(assets.map(({ name, hashedName }) => [name, `${PREFIX}${hashedName}`]));
  return (name) => {
    const url = urls.get(name);
    if (url === undefined) throw new Error(`no file "${name}" in static/: add it or fix the name`);
    return url;
  };
}

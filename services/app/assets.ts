import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the web server serves what collectstatic has written. */
const PREFIX = "/assets/";

export interface Asset {
  /** The path inside static/: "style.css", "fonts/text.woff2". */
  readonly name: string;
  /** The path to serve it by: "style.3f2a9c1b.css". New content gets a new name. */
  readonly hashedName: string;
  readonly content: Buffer;
}

/**
 * The files of static/ with their hashed names, sorted by name. collectstatic and the site itself
 * both compute the names by this function, so the site needs neither a manifest nor the web
 * server's volume. Style sheets refer to other files by their hashed names.
 * @throws Error for a style sheet that refers to a file that is not there
 */
export function readAssets(directory: URL = new URL("./static/", import.meta.url)): Asset[] {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => posix.relative(fileURLToPath(directory), join(parentPath, name)))
    .sort();
  const read = (name: string) => readFileSync(new URL(name, directory));
  const assets = new Map<string, Asset>();
  const assetOf = (name: string, path: readonly string[]): Asset => {
    const known = assets.get(name);
    if (known !== undefined) return known;
    if (path.includes(name))
      throw new Error(`static/${name} refers to itself: ${path.join(" > ")}`);
    const refer = (target: string) => {
      if (names.includes(target)) return assetOf(target, [...path, name]).hashedName;
      throw new Error(`static/${name} refers to ${target}, which is not in static/`);
    };
    const content = name.endsWith(".css") ? withHashedNames(name, read(name), refer) : read(name);
    const asset = { name, hashedName: hashedNameOf(name, content), content };
    assets.set(name, asset);
    return asset;
  };
  return names.map((name) => assetOf(name, []));
}

function hashedNameOf(name: string, content: Buffer): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  const { dir, name: stem, ext } = posix.parse(name);
  return posix.join(dir, `${stem}.${hash}${ext}`);
}

/** url(...) and @import "...", with what stands between the quotes or parentheses. */
const REFERENCE = /(url\(\s*["']?|@import\s+["'])([^"')]+)/g;
/** Another origin, an embedded file, a path of the site, or a place in the same document. */
const NOT_OURS = /^([a-z][a-z0-9+.-]*:|\/|#)/i;

function withHashedNames(sheet: string, content: Buffer, refer: (name: string) => string): Buffer {
  const folder = posix.dirname(sheet);
  const text = content.toString().replace(REFERENCE, (whole, before: string, address: string) => {
    if (NOT_OURS.test(address)) return whole;
    const [, path = "", rest = ""] = /^([^?#]*)(.*)$/s.exec(address.trim()) ?? [];
    return `${before}${posix.relative(folder, refer(posix.join(folder, path)))}${rest}`;
  });
  return Buffer.from(text);
}

/** For templates: asset("style.css") is "/assets/style.3f2a9c1b.css". */
export function assetUrls(assets: readonly Asset[]): (name: string) => string {
  const urls = new Map(assets.map(({ name, hashedName }) => [name, `${PREFIX}${hashedName}`]));
  return (name) => {
    const url = urls.get(name);
    if (url === undefined) throw new Error(`no file "${name}" in static/: add it or fix the name`);
    return url;
  };
}

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { tarballOf } from "../packaging/tarball.ts";
import { Problem } from "../problem.ts";
import { USAGE_EXIT_CODE } from "./name.ts";
import { ORIGIN_FILE, type Origin, originText } from "./origin.ts";

/** The files of a project as its starter has them, by their path; all of them are text. */
export type Files = Map<string, string>;

/** What every starter has. */
const COMMON = "common";
/** npm packs no file of this name. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: ".gitignore" };

const OURS = "@gatehouse/";
const PACKAGES = [
  ...["http", "settings", "telemetry", "processes", "web", "gateway", "jobs", "deploy", "testing"],
].map((name) => `${OURS}${name}`);

/** The names of the starters. @param templates the folder with them */
export function starters(templates: string): string[] {
  return readdirSync(templates)
    .filter((name) => name !== COMMON && statSync(join(templates, name)).isDirectory())
    .sort();
}

/**
 * The files of a new project.
 * @param templates the folder with the starters of that version
 * @throws Problem for an unknown starter
 */
export function filesOf(templates: string, origin: Origin): Files {
  if (!starters(templates).includes(origin.app)) {
    throw new Problem(
      `APP=${origin.app}: expected ${starters(templates).join(" or ")}`,
      USAGE_EXIT_CODE,
    );
  }
  const files: Files = new Map();
  for (const folder of [join(templates, COMMON), join(templates, origin.app)]) {
    for (const path of filesBelow(folder)) {
      const text = readFileSync(join(folder, path), "utf8").replaceAll("__name__", origin.name);
      files.set(
        RENAMED[path] ?? path,
        path.endsWith("package.json") ? manifest(text, path, origin) : text,
      );
    }
  }
  files.set(ORIGIN_FILE, originText(origin));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @throws Problem for what is neither a file nor a folder: a link leads out of the template */
function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const path = relative(folder, join(entry.parentPath, entry.name));
      if (entry.isFile()) return path;
      throw new Problem(`the template's ${path} is no file: a template has files alone`);
    });
}

/** A package.json with our packages: their one version, from `vendor/`, where no registry has them. */
function manifest(text: string, path: string, { version }: Origin): string {
  const content: Record<string, Record<string, string>> = JSON.parse(text);
  const isRoot = path === "package.json";
  const source = (name: string): string => `file:vendor/${tarballOf(name, version)}`;
  for (const kind of ["dependencies", "devDependencies"]) {
    const list = content[kind] ?? {};
    for (const name of Object.keys(list)) {
      if (name.startsWith(OURS)) list[name] = isRoot ? source(name) : version;
    }
  }
  // npm would look for what ours need of each other in the registry.
  if (isRoot) content.overrides = Object.fromEntries(PACKAGES.map((name) => [name, source(name)]));
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { tarballOf } from "../packaging/tarball.ts";
import { Problem } from "../problem.ts";
import { type Answers, KINDS, type Kind, placeholdersOf } from "./adopted/answers.ts";
import { USAGE_EXIT_CODE } from "./name.ts";
import { ORIGIN_FILE, type Origin, originText } from "./origin.ts";

/** The files of a project as its starter has them, by their path; all of them are text. */
export type Files = Map<string, string>;

/** What every starter has. */
const COMMON = "common";
/** The files for an application that was there before, and those of `common/` that it has as they are. */
export const ADOPTED = "adopted";
const ADOPTED_AS_THEY_ARE = [
  ...[".dockerignore", "Dockerfile.web", "environments/production.env.example"],
  ...["gitignore", "tsconfig.json"],
];
/** The files of `common/` that a starter does not have; itself it is in no project. */
const WITHOUT = "without.json";
/** npm packs no file of this name. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: ".gitignore" };

const OURS = "@gatehouse/";
const PACKAGES = [
  ...["http", "settings", "telemetry", "processes", "web", "gateway", "jobs", "deploy", "testing"],
].map((name) => `${OURS}${name}`);

/**
 * The names of the starters: an example that is a starter has its application in `app/`.
 * @param templates the folders of that version that have their parts
 */
export function starters(templates: readonly string[]): string[] {
  const names = templates.flatMap((folder) => readdirSync(folder));
  const isStarter = (name: string): boolean =>
    templates.some((folder) => existsSync(join(folder, name, "app/package.json")));
  return [...new Set(names)].filter(isStarter).sort();
}

/**
 * The files of a new project, or of the folder in an adopted one.
 * @param templates the folders of that version that have the parts of its starters
 * @throws Problem for an unknown starter
 */
export function filesOf(templates: readonly string[], origin: Origin): Files {
  if (origin.adopted !== undefined) return filesForAdopted(templates, origin, origin.adopted);
  if (!starters(templates).includes(origin.app)) {
    throw new Problem(
      `APP=${origin.app}: expected ${starters(templates).join(" or ")}`,
      USAGE_EXIT_CODE,
    );
  }
  const texts = textsOf(templates, COMMON, origin.app);
  const without: string[] = JSON.parse(texts.get(WITHOUT) ?? "[]");
  for (const path of [WITHOUT, ...without]) texts.delete(path);
  return filled(texts, origin);
}

function filesForAdopted(templates: readonly string[], origin: Origin, answers: Answers): Files {
  const kind = kindOf(origin.app);
  const common = textsOf(templates, COMMON);
  const same = ADOPTED_AS_THEY_ARE.map((path): [string, string] => [path, common.get(path) ?? ""]);
  const own = kind === "node" ? [] : [join(ADOPTED, kind)];
  const texts = new Map([...same, ...textsOf(templates, join(ADOPTED, COMMON), ...own)]);
  return filled(texts, origin, placeholdersOf(kind, answers));
}

/** @throws Problem for what no application is adopted as */
function kindOf(app: string): Kind {
  const kind = (Object.keys(KINDS) as Kind[]).find((each) => each === app);
  if (kind !== undefined) return kind;
  throw new Problem(`app ${app}: expected ${Object.keys(KINDS).join(" or ")}`, USAGE_EXIT_CODE);
}

/** The files of several parts, wherever they lie; of two with one path, that of the later part. */
function textsOf(templates: readonly string[], ...parts: readonly string[]): Files {
  const folders = parts.flatMap((part) => templates.map((folder) => join(folder, part)));
  return new Map(
    folders
      .filter(existsSync)
      .flatMap((folder) =>
        filesBelow(folder).map((path): [string, string] => [
          path,
          readFileSync(join(folder, path), "utf8"),
        ]),
      ),
  );
}

/** The files as a project has them: with their own names, and with what stands for the placeholders. */
function filled(
  texts: Files,
  origin: Origin,
  others: Readonly<Record<string, string>> = {},
): Files {
  const files: Files = new Map([[ORIGIN_FILE, originText(origin)]]);
  const values = { __name__: origin.name, ...others };
  for (const [path, template] of texts) {
    let text = template;
    for (const [placeholder, value] of Object.entries(values)) {
      text = text.replaceAll(placeholder, () => value);
    }
    files.set(
      RENAMED[path] ?? path,
      path.endsWith("package.json") ? manifest(text, path, origin) : text,
    );
  }
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

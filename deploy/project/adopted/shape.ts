import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { normalize } from "node:path/posix";
import { Problem } from "../../problem.ts";
import { USAGE_EXIT_CODE } from "../name.ts";
import {
  type Answers,
  type Kind,
  managerOf,
  NPM_CONFIGURATION,
  SERVED_BY_OURS,
} from "./answers.ts";
import { PATH_FOR_COPY, statForCopy } from "./path-for-copy.ts";
import { namesPackages, type PnpmSettings, patchesIn, pnpmSettingsIn } from "./pnpm.ts";
import { type Start, startOf } from "./start-script.ts";

/** A program that an application runs with, as "devEngines" names it. */
export interface Runtime {
  readonly name: string;
  readonly version?: string | undefined;
  /** What npm does without it: "error", "download", "warn" or "ignore". */
  readonly onFail?: string;
}

/** How package.json names a package that lies in a folder: npm, pnpm and Yarn 1 together. */
const IN_FOLDER = /^(?:file:|link:|(?=\.{1,2}(?:\/|$)|~?\/))/;

/** What of an application's package.json is read. */
export interface ApplicationManifest {
  readonly name?: string;
  readonly main?: string;
  readonly workspaces?: unknown;
  readonly pnpm?: PnpmSettings;
  readonly engines?: { readonly node?: string };
  readonly devEngines?: { readonly runtime?: Runtime | readonly Runtime[] };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** What an application is, as its folder shows. */
export interface Shape {
  readonly kind: Kind;
  /** "Express 4, by bin/www" */
  readonly words: string;
  readonly manifest: ApplicationManifest;
  readonly answers: Answers;
  /** Flags of its start script, which the gateway does not have. */
  readonly flags: readonly string[];
}

const MIGRATE_SCRIPTS = ["migrate:deploy", "db:deploy", "migrate:prod", "db:migrate", "migrate"];
const START_SCRIPTS = ["start:prod", "start"];
const USUAL_MODULES = ["server", "app", "index", "src/server", "src/app", "src/index", "src/main"];

const FRAMEWORKS: readonly (readonly [name: string, title: string])[] = [
  ["next", "Next"],
  ["@react-router/serve", "React Router"],
  ["@nestjs/core", "Nest"],
  ["express", "Express"],
  ["fastify", "Fastify"],
  ["koa", "Koa"],
  ["hono", "Hono"],
];

/**
 * Recognises an application. Nothing of it runs, and nothing is written.
 * @param chosen the module that the gateway is to load; "" to find it
 * @throws Problem for what is not recognised, or cannot be adopted
 */
export function shapeOf(folder: string, chosen = ""): Shape {
  const manifest = readManifest(folder);
  const { scripts = {}, dependencies = {}, devDependencies = {} } = manifest;
  const has = (name: string): boolean =>
    Object.hasOwn({ ...dependencies, ...devDependencies }, name);
  const build = Object.hasOwn(scripts, "build") ? "build" : "";
  const manifests = manifestsOf(folder, manifest);
  const manager = manifests.map(managerOf).find((each) => each !== undefined) ?? "npm";
  const kind =
    chosen !== "" ? "node" : has("next") ? "next" : isReactRouter(has) ? "react-router" : "node";
  if (kind !== "node" && build === "") {
    throw new Problem(
      `${folder}/package.json has no script "build": ${kind} needs one`,
      USAGE_EXIT_CODE,
    );
  }
  const start: Start =
    kind === "node"
      ? entryOf(folder, manifest, chosen, build !== "")
      : { module: SERVED_BY_OURS, flags: [] };
  const [name = "", title = "Node"] = FRAMEWORKS.find(([each]) => has(each)) ?? [];
  const version = /\d+/.exec({ ...dependencies, ...devDependencies }[name] ?? "")?.[0];
  const by = kind === "node" ? `, by ${start.module}` : "";
  return {
    kind,
    words: `${title}${version === undefined ? "" : ` ${version}`}${by}`,
    manifest,
    answers: {
      ...{ entry: start.module, manager, manifests, build },
      migrate: MIGRATE_SCRIPTS.find((each) => Object.hasOwn(scripts, each)) ?? "",
      ...(start.tsx === true
        ? { tsx: Object.hasOwn(dependencies, "tsx") ? "kept" : "pruned" }
        : {}),
    },
    flags: start.flags,
  };
}

/** @throws Problem for Remix and the like, which have another server */
function isReactRouter(has: (name: string) => boolean): boolean {
  if (has("@react-router/serve")) return true;
  for (const name of ["@remix-run/node", "@react-router/dev", "nuxt", "@sveltejs/kit", "astro"]) {
    if (!has(name)) continue;
    throw new Problem(
      `an application with ${name} and without @react-router/serve is not known: name the module that listens, ` +
        "or exports fetch, once it is built: ENTRY=build/index.js",
      USAGE_EXIT_CODE,
    );
  }
  return false;
}

function readManifest(folder: string): ApplicationManifest {
  const file = join(folder, "package.json");
  if (!existsSync(file)) {
    throw new Problem(
      `${folder} has no package.json: DIR= is the folder of a Node application`,
      USAGE_EXIT_CODE,
    );
  }
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${(error as Error).message}`, USAGE_EXIT_CODE);
  }
}

/** What `npm install` and the like read of an application. @throws Problem for a part of a larger repository */
function manifestsOf(folder: string, manifest: ApplicationManifest): string[] {
  const { workspaces, pnpm = {} } = manifest;
  const here = (file: string): boolean => existsSync(join(folder, file));
  const found = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock"].filter(
    here,
  );
  const above = found.length === 0 ? lockAbove(folder) : undefined;
  // Of a single package, pnpm keeps its settings there.
  const settings = ["pnpm-workspace.yaml"].filter(here);
  const hooks = here("pnpm-lock.yaml") ? [".pnpmfile.cjs"].filter(here) : [];
  const ofPnpm = pnpmSettingsIn(join(folder, "pnpm-workspace.yaml"));
  if (workspaces !== undefined || namesPackages(ofPnpm) || above !== undefined) {
    throw new Problem(
      `${folder} ${above === undefined ? "has workspaces" : `is installed by ${above}`}: an application must be ` +
        "installed by its own package.json alone",
      USAGE_EXIT_CODE,
    );
  }
  if (found.length > 1) {
    throw new Problem(
      `${folder} has ${found.join(" and ")}: leave the one that counts`,
      USAGE_EXIT_CODE,
    );
  }
  if (here(".yarnrc.yml")) {
    throw new Problem(
      `${folder} has a .yarnrc.yml: of Yarn, only version 1 is known`,
      USAGE_EXIT_CODE,
    );
  }
  const patches = here("pnpm-lock.yaml")
    ? [pnpm, ofPnpm].flatMap((each) => patchesIn(folder, each))
    : [];
  return [
    ...["package.json", ...found, ...settings, ...hooks, ...[NPM_CONFIGURATION].filter(here)],
    ...new Set([...patches, ...ownPackages(folder, manifest)]),
  ];
}

/** The packages that lie in the application's own folder: a tarball, or a folder, whose path ends with a slash. */
function ownPackages(folder: string, manifest: ApplicationManifest): string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
  return Object.entries(all).flatMap(([name, version]) => {
    if (!IN_FOLDER.test(version)) return [];
    const path = normalize(version.replace(IN_FOLDER, "")).replace(/\/$/, "");
    const stat = statForCopy(folder, path);
    if (stat?.isFile()) return [path];
    if (stat?.isDirectory()) return [`${path}/`];
    throw new Problem(
      `the package ${name}, ${version}: expected a file or folder in ${folder}, ${PATH_FOR_COPY}`,
      USAGE_EXIT_CODE,
    );
  });
}

/** The lock file of a repository whose folder this is; what is above the top of a repository does not count. */
function lockAbove(folder: string): string | undefined {
  if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return undefined;
  const above = dirname(folder);
  const lock = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock"].find((file) =>
    existsSync(join(above, file)),
  );
  return lock === undefined ? lockAbove(above) : join(above, lock);
}

/** The module that listens. @throws Problem if it cannot be found */
function entryOf(
  folder: string,
  manifest: ApplicationManifest,
  chosen: string,
  isBuilt: boolean,
): Start {
  const { scripts = {}, main } = manifest;
  const started = START_SCRIPTS.map((name) => startOf(scripts[name] ?? "")).filter(
    (each) => each !== undefined,
  );
  const wanted: readonly Start[] =
    chosen === ""
      ? [
          ...started,
          ...[main ?? "", ...USUAL_MODULES]
            .filter(Boolean)
            .map((module) => ({ module, flags: [] })),
        ]
      : [{ module: chosen, flags: [] }];
  for (const { module, ...how } of wanted) {
    // `node .` is what "main" says.
    const path = normalize(module === "." ? (main ?? "index.js") : module);
    const file = ["", ".js", ".mjs", ".cjs", ".ts", ".mts", "/index.js"]
      .map((end) => path + end)
      .find((each) => isFile(folder, each));
    if (file !== undefined) return checked({ ...how, module: file });
    // Its build makes it, as the start script or you say.
    const isSaid = chosen !== "" || started.some((each) => each.module === module);
    if (isBuilt && isSaid)
      return checked({ ...how, module: /\.\w+$/.test(path) ? path : `${path}.js` });
  }
  const what =
    chosen === ""
      ? `the start script (${scripts.start ?? "none"}) names no module that Node runs`
      : `${chosen} is not there, and no script "build" makes it`;
  throw new Problem(`${what}: name the one that listens: ENTRY=dist/server.js`, USAGE_EXIT_CODE);
}

/** A path that `.env`, Compose and a Dockerfile take as it is. */
function checked(start: Start): Start {
  if (/^[\w./-]*\w$/.test(start.module) && !start.module.includes("..")) return start;
  throw new Problem(
    `ENTRY=${start.module}: expected a path in the folder, of letters, digits, ".", "-" and "/"`,
    USAGE_EXIT_CODE,
  );
}

function isFile(folder: string, path: string): boolean {
  return statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() === true;
}

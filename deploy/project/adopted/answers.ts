import { dirname } from "node:path/posix";

/** Between the commands of a RUN. */
const AND = " \\\n && ";

/** The program that installs the packages of an application. */
export type Manager = "npm" | "pnpm" | "yarn";

/** What was found of an application that was there before: the files that are written for it follow from this. */
export interface Answers {
  /** Its module that listens, or that its build makes: a path in its folder. */
  readonly entry: string;
  readonly manager: Manager;
  /** The files that its packages are installed from: package.json, a lock file, .npmrc, patches, folders. */
  readonly manifests: readonly string[];
  /** The scripts of its package.json that build it and migrate its database; "" for none. */
  readonly build: string;
  readonly migrate: string;
  /** That its start script has tsx compile it; "pruned": tsx is one of the packages that only development has. */
  readonly tsx?: "kept" | "pruned";
}

/** Whether what a file says is that. */
export function isAnswers({
  entry,
  manager,
  manifests,
  build,
  migrate,
  tsx = "kept",
}: Partial<Answers>): boolean {
  const texts = [entry, manager, build, migrate];
  return (
    texts.every((each) => typeof each === "string") &&
    Object.hasOwn(INSTALL, manager ?? "") &&
    ["kept", "pruned"].includes(tsx) &&
    Array.isArray(manifests)
  );
}

/** Where the application is in the image, below the folder of the gateway. */
export const SITE = "app/site";

/** With these an application is started by a module of ours: their own command is no module. */
export const SERVED_BY_OURS = "gatehouse-server.mjs";

/** Kinds of applications, each with the folder of files that its build has named by their content. */
export const KINDS = {
  node: "",
  next: ".next/static",
  "react-router": "build/client/assets",
} as const;

export type Kind = keyof typeof KINDS;

/** The application's own configuration of npm, which may have a token. */
export const NPM_CONFIGURATION = ".npmrc";

/** What each program runs. While npm's token is there, no script of a package runs. */
interface Commands {
  /** Installs the packages of a lock file; `free`: without one. */
  readonly locked: string;
  readonly free: string;
  /** Runs the install scripts of the packages, without a request to a registry. */
  readonly scripts: string;
  /** Removes the packages that only the build needs. */
  readonly prune: string;
}

const INSTALL: Readonly<Record<Manager, Commands>> = {
  npm: {
    locked: "npm ci --ignore-scripts",
    free: "npm install --ignore-scripts",
    scripts: "npm rebuild",
    prune: "npm prune --omit dev --ignore-scripts",
  },
  pnpm: {
    locked: `${tool("pnpm", 10)}pnpm install --frozen-lockfile --ignore-scripts`,
    free: `${tool("pnpm", 10)}pnpm install --ignore-scripts`,
    scripts: "pnpm rebuild",
    prune: "pnpm prune --prod --ignore-scripts",
  },
  yarn: {
    locked: `${tool("yarn", 1)}yarn install --frozen-lockfile --non-interactive --ignore-scripts`,
    free: `${tool("yarn", 1)}yarn install --non-interactive --ignore-scripts`,
    // As npm rebuild does it, prune would remove what the scripts have made.
    scripts: "yarn install --force --offline --frozen-lockfile --non-interactive",
    prune: "yarn install --production --ignore-scripts --prefer-offline --non-interactive",
  },
};

/**
 * Installs a program. npm reads the application's .npmrc, with its registry and token, for all but what it installs
 * globally. Some images of Node have a yarn already; an application may say that npm is not to be used.
 */
function tool(name: "pnpm" | "yarn", version: number): string {
  return (
    `npm pack --force --loglevel=error --pack-destination /tmp ${name}@${version}${AND}` +
    `npm install --global --force --ignore-scripts /tmp/${name}-*.tgz${AND}`
  );
}

/** Settings of `.npmrc` that have no token in them, and that pnpm must find again in each of its steps. */
const LAYOUT_SETTINGS =
  "^(node-linker|shamefully-hoist|hoist|hoist-pattern|public-hoist-pattern)(\\[\\])? *=";

const LOCKS: readonly (readonly [file: string, manager: Manager])[] = [
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
];

/** The program that has written a lock file; undefined for another file. */
export function managerOf(file: string): Manager | undefined {
  return LOCKS.find(([name]) => name === file)?.[1];
}

/** The texts of an adopted project's files, by their placeholders. */
export function placeholdersOf(kind: Kind, answers: Answers): Record<string, string> {
  const { entry, manager, manifests, build, migrate, tsx } = answers;
  const { locked, free, scripts, prune } = INSTALL[manager];
  const isLocked = manifests.some((file) => managerOf(file) !== undefined);
  const isConfigured = manifests.includes(NPM_CONFIGURATION);
  const keepsLayout = isConfigured && manager === "pnpm";
  const install = [
    isLocked ? locked : free,
    ...(keepsLayout ? [`(grep -E '${LAYOUT_SETTINGS}' .npmrc || true) > /tmp/npmrc`] : []),
  ];
  // npm runs the scripts of every application, also of one that says that another program installs it.
  const allowNpm = manager === "npm" ? [] : ["npm pkg delete devEngines.packageManager --force"];
  // The application's own scripts run with its files, below.
  const rebuild = [
    ...allowNpm,
    "npm pkg delete scripts",
    ...(keepsLayout ? ["cp /tmp/npmrc .npmrc"] : []),
    scripts,
  ];
  const steps = [
    ...allowNpm,
    ...["postinstall", "prepare"].map((script) => `npm run --if-present ${script}`),
    ...(build === "" ? [] : [`NODE_ENV=production npm run ${build}`]),
  ];
  const last = [
    tsx === "pruned" ? "true" : prune,
    // Its images: the disk of a container is read-only.
    ...(kind === "next" ? ["rm -rf .next/cache", "ln -s /tmp .next/cache"] : []),
  ];
  return {
    __app__: `${SITE}/${entry}`,
    __manifests__: copies(manifests.filter((file) => file !== NPM_CONFIGURATION)),
    __token__: isConfigured
      ? ` \\\n    --mount=type=secret,id=application_npmrc,target=/gatehouse/${SITE}/.npmrc`
      : "",
    __build_secrets__: isConfigured ? "\n      secrets: [application_npmrc]" : "",
    __secrets__: isConfigured ? "\n  application_npmrc: { file: ../.npmrc }" : "",
    __install__: install.join(AND),
    __rebuild__: rebuild.join(AND),
    __build__: steps.join(AND),
    __prune__: last.join(AND),
    // An absolute path: what is ours starts in another folder.
    __tsx__:
      tsx === undefined ? "" : ` --import=/gatehouse/${SITE}/node_modules/tsx/dist/loader.mjs`,
    __migrate__: migrate,
    __static__: KINDS[kind],
  };
}

/** What follows COPY, which forgets the folders of the files that it is given, and copies what is in a folder. */
function copies(files: readonly string[]): string {
  const byTarget = Map.groupBy(files, (file) => (file.endsWith("/") ? file : `${dirname(file)}/`));
  return [...byTarget].map(([target, group]) => `${group.join(" ")} ${target}`).join("\nCOPY ");
}

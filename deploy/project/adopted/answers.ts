/** The program that installs the packages of an application. */
export type Manager = "npm" | "pnpm" | "yarn";

/** What was found of an application that was there before: the files that are written for it follow from this. */
export interface Answers {
  /** Its module that listens, or that its build makes: a path in its folder. */
  readonly entry: string;
  readonly manager: Manager;
  /** The files that its packages are installed from: package.json, a lock file, .npmrc. */
  readonly manifests: readonly string[];
  /** The scripts of its package.json that build it and migrate its database; "" for none. */
  readonly build: string;
  readonly migrate: string;
}

/** Whether what a file says is that. */
export function isAnswers({
  entry,
  manager,
  manifests,
  build,
  migrate,
}: Partial<Answers>): boolean {
  const texts = [entry, manager, build, migrate];
  return (
    texts.every((each) => typeof each === "string") &&
    Object.hasOwn(INSTALL, manager ?? "") &&
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

/** How each program installs the packages of a lock file, or without one, and then removes those of the build. */
const INSTALL: Readonly<Record<Manager, { locked: string; free: string; prune: string }>> = {
  npm: { locked: "npm ci", free: "npm install", prune: "npm prune --omit dev" },
  pnpm: {
    locked: "npx --yes pnpm@10 install --frozen-lockfile",
    free: "npx --yes pnpm@10 install",
    prune: "npx --yes pnpm@10 prune --prod",
  },
  yarn: {
    locked: "npx --yes yarn@1 install --frozen-lockfile --non-interactive",
    free: "npx --yes yarn@1 install --non-interactive",
    prune:
      "npx --yes yarn@1 install --production --ignore-scripts --prefer-offline --non-interactive",
  },
};

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
  const { entry, manager, manifests, build, migrate } = answers;
  const { locked, free, prune } = INSTALL[manager];
  const isLocked = manifests.some((file) => managerOf(file) !== undefined);
  const steps = [
    ...(build === "" ? [] : [`NODE_ENV=production npm run ${build}`]),
    prune,
    // Its images: the disk of a container is read-only.
    ...(kind === "next" ? ["rm -rf .next/cache", "ln -s /tmp .next/cache"] : []),
  ];
  return {
    __app__: `${SITE}/${entry}`,
    __manifests__: manifests.join(" "),
    __install__: isLocked ? locked : free,
    __build__: steps.join(" \\\n && "),
    __migrate__: migrate,
    __static__: KINDS[kind],
  };
}

import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { placeFile } from "../chain/own-file.ts";
import { root, secretFile } from "../stack/clone.ts";
import { isPackaged, layout } from "../stack/layout.ts";
import { run } from "../stack/run.ts";
import type { Stack } from "../stack/stack.ts";
import { prepareStories } from "../stack/stories.ts";
import { imageOf, runTool } from "../stack/tool.ts";

const CONFIG = join(import.meta.dirname, "playwright.config.ts");
/** What the browsers' container needs of this repository beside the packages, if it is not one of them. */
const OURS = isPackaged ? [] : ["infra-tests/package.json", "infra-tests/e2e"];
/** Of the application: what says how its modules are written, and its stories. */
const THEIRS = isPackaged
  ? ["package.json", layout.stories]
  : [`${layout.application}/package.json`, layout.stories];

/** What to run: a folder of stories in the clone, and the variables that they read. */
interface Set {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The folder in `reports/`. */
  readonly reports: string;
}

/**
 * Runs the application's browser stories on a running stack and writes `reports/e2e`.
 * @param words more arguments for Playwright
 * @returns the exit code
 */
export async function applicationStories(stack: Stack, ...words: string[]): Promise<number> {
  const folder = `${layout.stories}/browser`;
  const environment = await prepareStories(stack);
  return await playwright(stack, { folder, environment, reports: "e2e" }, words);
}

/** Runs the browser stories of the edge, which need no application, and writes `reports/e2e-edge`. */
export async function edgeStories(stack: Stack, ...words: string[]): Promise<number> {
  const sheet = await placeFile(stack, "own.css", "p { color: navy }");
  const page = await placeFile(
    stack,
    "own.html",
    `<!doctype html><html lang="en"><title>Own</title><link rel="stylesheet" href="${sheet}"><p>styled</p>`,
  );
  const folder = "infra-tests/e2e";
  const environment = { OWN_PAGE: page };
  return await playwright(stack, { folder, environment, reports: "e2e-edge" }, words);
}

/** GREP=... selects stories; a set without any of them is no failure. */
async function playwright(stack: Stack, set: Set, words: readonly string[]): Promise<number> {
  const image = `${stack.project}/e2e`;
  const built = await run("docker", [
    ...["build", "--quiet", "--tag", image],
    ...["--build-arg", `PLAYWRIGHT_IMAGE=${imageOf("PLAYWRIGHT_IMAGE")}`, import.meta.dirname],
  ]);
  if (built !== 0) return built;
  const inClone = (...paths: string[]) =>
    Object.fromEntries(paths.map((path) => [`/gatehouse/${path}`, join(root, path)]));
  return await runTool(stack, {
    image,
    command: [
      "node",
      "/gatehouse/node_modules/@playwright/test/cli.js",
      ...["test", "--config", `/gatehouse/${relative(root, CONFIG)}`, ...words],
      ...(process.env.GREP ? ["--grep", process.env.GREP, "--pass-with-no-tests"] : []),
    ],
    environment: {
      HOME: "/tmp",
      STORIES: `/gatehouse/${set.folder}`,
      AUTHORITY: "/run/ca.crt",
      // For requests that a test sends without the browser.
      NODE_EXTRA_CA_CERTS: "/run/ca.crt",
      CI: process.env.CI ?? "",
      ...set.environment,
    },
    mounts: {
      ...inClone(
        ...["node_modules", ...OURS, ...THEIRS].filter((path) => existsSync(join(root, path))),
      ),
      "/run/ca.crt": secretFile("ca.crt"),
    },
    reports: set.reports,
  });
}

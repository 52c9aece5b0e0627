import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./clone.ts";
import { exec } from "./docker.ts";
import type { Application } from "./own-stack.ts";
import type { Stack } from "./stack.ts";

/** Runs a command in a container of the running application. @throws Error with its output */
export type RunInside = (...command: string[]) => Promise<string>;

/** What `stories.ts` of an application exports by default. All of it is optional. */
export interface Stories {
  /**
   * The path of a page that responds with 200 to anybody, that the edge does not cache and that needs no
   * database: the traffic while replicas are reloaded and killed.
   */
  readonly page?: string;
  /** Whether the application sends spans of its own, by the tracer that the gateway gives it. */
  readonly traces?: boolean;
  /**
   * Prepares a running stack for the browser and load stories, as an operator does.
   * @returns variables for the browser stories
   */
  readonly prepare?: (run: RunInside) => Promise<Readonly<Record<string, string>>>;
}

/** The application's own stories: they belong to it, and leave with it. */
export const STORIES = join(root, "services/app/stories");

/** The files of each kind. */
const FILES = { browser: "**/*.spec.ts", chain: "*.story.ts", load: "journeys.ts" } as const;
export type StoryKind = keyof typeof FILES;

/** The application's story files of a kind, sorted; none if it has no stories. */
export function storyFiles(kind: StoryKind): string[] {
  const folder = join(STORIES, kind);
  return globSync(FILES[kind], { cwd: folder })
    .sort()
    .map((file) => join(folder, file));
}

const entry = join(STORIES, "stories.ts");

/** @returns {} for an application without stories */
export async function readStories(): Promise<Stories> {
  if (!existsSync(entry)) return {};
  const { default: stories }: { default: Stories } = await import(pathToFileURL(entry).href);
  return stories;
}

/** Prepares a stack. @returns variables for the browser stories */
export async function prepareStories(stack: Stack): Promise<Readonly<Record<string, string>>> {
  const { prepare } = await readStories();
  if (prepare === undefined) return {};
  const app = await stack.container("app");
  return await prepare(async (...command) => {
    const { code, output } = await exec(app, command);
    if (code !== 0) throw new Error(`the site could not be prepared: ${output}`);
    return output;
  });
}

/** The application that gets the traffic of a disturbance, and the page: the echo application if no other has one. */
export async function trafficPage(): Promise<{ application: Application; page: string }> {
  const { page } = await readStories();
  return page === undefined
    ? { application: "examples/echo.ts", page: "/" }
    : { application: "site", page };
}

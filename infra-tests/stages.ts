import { join } from "node:path";
import { applicationStories, edgeStories } from "./e2e/run.ts";
import { applicationLoad, edgeLoad } from "./load/run.ts";
import { isPackaged } from "./stack/layout.ts";
import type { Application } from "./stack/own-stack.ts";
import { run } from "./stack/run.ts";
import { PROJECT } from "./stack/shared-stack.ts";
import type { Stack } from "./stack/stack.ts";
import { type StoryKind, storyFiles, trafficPage } from "./stack/stories.ts";

const SUITES = ["chain", "e2e", "load"] as const;
type Suite = (typeof SUITES)[number];

/** A part of a run on the shared stack. */
export interface Stage {
  readonly suite: Suite;
  readonly name: string;
  /** "smoke": only in a quick run of all suites; "full": in every other run; without it: in both. */
  readonly only?: "smoke" | "full";
  /** It runs the application's own stories of this kind. */
  readonly stories?: StoryKind;
  /** It runs in a run of all, and in one of its suite if the application has no such stories. */
  readonly insteadOf?: StoryKind;
  /** The application that the stack must serve. */
  readonly application: Application;
  /** Runs the stage. @returns an exit code */
  readonly work: (stack: Stack) => Promise<number>;
}

const echo = "examples/echo.ts";

/** Runs test files on the stack, one after the other. */
async function testFiles(stack: Stack, files: readonly string[]): Promise<number> {
  process.env[PROJECT] = stack.project;
  return await run(process.execPath, ["--test", "--test-concurrency=1", ...files]);
}

const tests =
  (folder: string) =>
  (...topics: string[]) =>
  (stack: Stack) =>
    testFiles(
      stack,
      topics.map((topic) => join(import.meta.dirname, folder, `${topic}.test.ts`)),
    );

const chain = tests("chain");
const examples = tests("examples");

const SMOKE = ["--project=desktop", "--grep=@smoke"];

/** In order: what changes nothing, what loads the stack, what breaks it; then another application. */
const STAGES: readonly Stage[] = [
  {
    suite: "chain",
    name: "chain: reach, containers, policy",
    application: "site",
    work: chain("reach", "hardening", "images", "policy"),
  },
  {
    suite: "e2e",
    name: "e2e: the application's smoke stories in a browser, on a desktop",
    only: "smoke",
    stories: "browser",
    application: "site",
    work: (stack) => applicationStories(stack, ...SMOKE),
  },
  {
    suite: "e2e",
    name: "e2e: every story of the application in a browser, on a desktop and on a phone",
    only: "full",
    stories: "browser",
    application: "site",
    work: (stack) => applicationStories(stack),
  },
  {
    suite: "load",
    name: "load: k6, the application's journeys",
    stories: "load",
    application: "site",
    work: applicationLoad,
  },
  {
    suite: "chain",
    name: "chain: the application's stories",
    stories: "chain",
    application: "site",
    work: (stack) => testFiles(stack, storyFiles("chain")),
  },
  {
    suite: "chain",
    name: "chain: reloads and faults",
    application: (await trafficPage()).application,
    work: chain("reloads", "faults"),
  },
  {
    suite: "chain",
    name: `chain: page, assets, echo and replicas, with APP=${echo}`,
    application: echo,
    work: chain("page", "assets", "echo", "replicas"),
  },
  {
    suite: "chain",
    name: "examples: four of them through the chain",
    only: "smoke",
    application: echo,
    work: examples("quick"),
  },
  {
    suite: "chain",
    name: "examples: all through the chain, Next's pages that are made again",
    only: "full",
    application: echo,
    work: examples("quick", "others", "next", "example-stack"),
  },
  {
    suite: "e2e",
    name: "e2e: the edge's smoke stories in a browser, on a desktop",
    only: "smoke",
    application: echo,
    work: (stack) => edgeStories(stack, ...SMOKE),
  },
  {
    suite: "e2e",
    name: "e2e: every story of the edge in a browser, on a desktop and on a phone",
    only: "full",
    application: echo,
    work: (stack) => edgeStories(stack),
  },
  {
    suite: "load",
    name: `load: k6, journeys with APP=${echo}`,
    insteadOf: "load",
    application: echo,
    work: edgeLoad,
  },
];

const inApplication = (kind: StoryKind): boolean => storyFiles(kind).length > 0;

/**
 * The stages of a suite, or of all suites. A run of all is quick unless `full` is set: it has the smoke
 * stories only.
 * @param has whether the application has stories of a kind
 * @returns the stages, and the names of those that the application has no stories for
 * @throws Error for an unknown suite
 */
export function stagesOf(
  suite: string,
  full: boolean,
  has = inApplication,
): { stages: Stage[]; without: string[] } {
  if (suite !== "all" && !SUITES.some((name) => name === suite)) {
    throw new Error(`there is no suite ${suite}: use ${SUITES.join(", ")} or all`);
  }
  const kind = suite === "all" && !full ? "smoke" : "full";
  const wanted = STAGES.filter(
    (stage) =>
      // What tests the chain itself is tested in its own repository.
      (!isPackaged || stage.stories !== undefined) &&
      (suite === "all" || stage.suite === suite) &&
      (stage.only === undefined || stage.only === kind) &&
      (suite === "all" || stage.insteadOf === undefined || !has(stage.insteadOf)),
  );
  const lacks = ({ stories }: Stage) => stories !== undefined && !has(stories);
  return {
    stages: wanted.filter((stage) => !lacks(stage)),
    without: wanted.filter(lacks).map(({ name }) => name),
  };
}

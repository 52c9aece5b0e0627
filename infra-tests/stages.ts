import { join } from "node:path";
import { e2e } from "./e2e/run.ts";
import { load } from "./load/run.ts";
import type { Application } from "./stack/own-stack.ts";
import { run } from "./stack/run.ts";
import { PROJECT } from "./stack/shared-stack.ts";
import type { Stack } from "./stack/stack.ts";

const SUITES = ["chain", "e2e", "load"] as const;
type Suite = (typeof SUITES)[number];

/** A part of a run on the shared stack. */
export interface Stage {
  readonly suite: Suite;
  readonly name: string;
  /** "smoke": only in a quick run of all suites; "full": in every other run; without it: in both. */
  readonly only?: "smoke" | "full";
  /** The application that the stack must serve. */
  readonly application: Application;
  /** Runs the stage. @returns an exit code */
  readonly work: (stack: Stack) => Promise<number>;
}

const site = "services/app/gateway.ts";
const echo = "examples/echo.ts";

/** Runs test files of chain/ on the stack, one after the other. */
function chain(...topics: string[]) {
  return async (stack: Stack): Promise<number> => {
    process.env[PROJECT] = stack.project;
    const files = topics.map((topic) => join(import.meta.dirname, "chain", `${topic}.test.ts`));
    return await run(process.execPath, ["--test", "--test-concurrency=1", ...files]);
  };
}

/** In order: what changes nothing, what loads the stack, what breaks it; then another application. */
export const STAGES: readonly Stage[] = [
  {
    suite: "chain",
    name: "chain: page, assets, pictures, reach, containers, policy",
    application: site,
    work: chain("page", "assets", "pictures", "reach", "hardening", "policy"),
  },
  {
    suite: "e2e",
    name: "e2e: the smoke stories in a browser, on a desktop",
    only: "smoke",
    application: site,
    work: (stack) => e2e(stack, "--project=desktop", "--grep=@smoke"),
  },
  {
    suite: "e2e",
    name: "e2e: every story in a browser, on a desktop and on a phone",
    only: "full",
    application: site,
    work: (stack) => e2e(stack),
  },
  { suite: "load", name: "load: k6", application: site, work: load },
  {
    suite: "chain",
    name: "chain: reloads, live updates and faults",
    application: site,
    work: chain("reloads", "live", "faults"),
  },
  {
    suite: "chain",
    name: "chain: echo and replicas, with APP=examples/echo.ts",
    application: echo,
    work: chain("echo", "replicas"),
  },
];

/**
 * The stages of a suite, or of all suites. A run of all is quick unless `full` is set: it has the smoke
 * stories only.
 * @throws Error for an unknown suite
 */
export function stagesOf(suite: string, full: boolean): Stage[] {
  if (suite !== "all" && !SUITES.some((name) => name === suite)) {
    throw new Error(`there is no suite ${suite}: use ${SUITES.join(", ")} or all`);
  }
  const kind = suite === "all" && !full ? "smoke" : "full";
  return STAGES.filter(
    (stage) =>
      (suite === "all" || stage.suite === suite) &&
      (stage.only === undefined || stage.only === kind),
  );
}

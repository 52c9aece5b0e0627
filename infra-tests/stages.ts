import { join } from "node:path";
import { e2e, e2eSmoke } from "./e2e/run.ts";
import { load } from "./load/run.ts";
import type { Application } from "./stack/own-stack.ts";
import { run } from "./stack/run.ts";
import { PROJECT } from "./stack/shared-stack.ts";
import type { Stack } from "./stack/stack.ts";

/** A part of a run against the shared stack; `work` gives an exit code. */
export interface Stage {
  readonly suite: "chain" | "e2e" | "load";
  readonly name: string;
  /** Whether it belongs to a run of all suites, of its own suite alone, or to both (unsaid). */
  readonly when?: "all" | "alone";
  /** What the stack has to serve. */
  readonly application: Application;
  readonly work: (stack: Stack) => Promise<number>;
}

const site = "services/app/gateway.ts";
const echo = "examples/echo.ts";

/** Runs test files of chain/ with Node's own runner, one after the other, on the given stack. */
function chain(...topics: string[]) {
  return async (stack: Stack): Promise<number> => {
    process.env[PROJECT] = stack.project;
    const files = topics.map((topic) => join(import.meta.dirname, "chain", `${topic}.test.ts`));
    return await run(process.execPath, ["--test", "--test-concurrency=1", ...files]);
  };
}

/** In this order: what only looks, what loads, what breaks; then the same stack with another app. */
export const stages: readonly Stage[] = [
  {
    suite: "chain",
    name: "chain: page, assets, pictures, reach, containers, policy",
    application: site,
    work: chain("page", "assets", "pictures", "reach", "hardening", "policy/policy", "policy"),
  },
  {
    suite: "e2e",
    name: "e2e: every story in a real browser, on a desktop and on a phone",
    when: "alone",
    application: site,
    work: (stack) => e2e(stack),
  },
  {
    suite: "e2e",
    name: "e2e: the first stories in a real browser",
    when: "all",
    application: site,
    work: e2eSmoke,
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

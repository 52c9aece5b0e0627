import type { Plan, TestStage } from "../test-plans.ts";

const MAIN = "node node_modules/@gatehouse/testing/main.js";

const checks: readonly TestStage[] = [
  { name: "types", command: "npm --silent run types" },
  { name: "unit tests", command: "npm --silent run unit" },
];

const only = (suite: TestStage): Plan => ({ checks: [], suites: [suite] });

/** What `gatehouse check`, `test`, `e2e` and `load` run in a project of one's own. */
export const PROJECT_PLANS: Readonly<Record<string, Plan>> = {
  check: { checks, suites: [] },
  test: {
    checks,
    suites: [
      {
        name: "chain, browser and load smoke",
        command: `${MAIN} all --full`,
        images: ["playwright", "k6"],
      },
    ],
  },
  e2e: only({ name: "browser", command: `${MAIN} e2e`, images: ["playwright"] }),
  load: only({ name: "load", command: `${MAIN} load`, images: ["k6"] }),
};

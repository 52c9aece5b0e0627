import type { BaseImage } from "./images.ts";

/** A stage of a test run: a command that exits with 0 if it passes. */
export interface TestStage {
  readonly name: string;
  readonly command: string;
  /** The base images that it needs beside those of the stack. */
  readonly images?: readonly BaseImage[];
}

const CONTAINER_TEST = "node --test --test-concurrency=1";

/** Stages without containers. They run while the images are built. */
const checks: readonly TestStage[] = [
  { name: "lint", command: "npm --silent run lint" },
  { name: "types", command: "npm --silent run types" },
  { name: "unit tests", command: "npm --silent run unit" },
];

/** Stages that need the machine for themselves. They run one after the other. */
const SUITES = {
  services: { name: "process tests", command: "npm --silent run services" },
  firstRun: { name: "first run", command: `${CONTAINER_TEST} infra-tests/first-run/*.test.ts` },
  tiers: {
    name: "settings of the tiers, external database, images",
    command: `${CONTAINER_TEST} infra-tests/tiers/*.test.ts`,
  },
  quickStack: {
    name: "chain, browser and load smoke",
    command: "node infra-tests/main.ts all",
    images: ["playwright", "k6"],
  },
  fullStack: {
    name: "chain, all browser stories, load smoke",
    command: "node infra-tests/main.ts all --full",
    images: ["playwright", "k6"],
  },
  e2e: {
    name: "all browser stories",
    command: "node infra-tests/main.ts e2e",
    images: ["playwright"],
  },
  load: { name: "load", command: "node infra-tests/main.ts load", images: ["k6"] },
  quickContract: {
    name: "contract, quick rows",
    command: "node infra-tests/contract/main.ts --quick",
    images: ["nginx"],
  },
  contract: {
    name: "contract, all rows",
    command: "node infra-tests/contract/main.ts",
    images: ["nginx"],
  },
  tls: { name: "TLS, HTTP/2 and ACME", command: `${CONTAINER_TEST} infra-tests/tls/*.test.ts` },
  walk: {
    name: "replacing the application, as its page says",
    command: `${CONTAINER_TEST} infra-tests/walk/*.test.ts`,
    images: ["playwright"],
  },
  project: {
    name: "projects of one's own",
    command: `${CONTAINER_TEST} infra-tests/project/*.test.ts`,
    images: ["playwright", "k6"],
  },
  measures: { name: "measurements", command: "npm --silent run measures" },
  slow: { name: "slow clients", command: `${CONTAINER_TEST} infra-tests/security/*.test.ts` },
  quickFuzz: { name: "hostile clients, 30 s", command: "node infra-tests/fuzz/main.ts 30 1" },
  fuzz: { name: "hostile clients, 10 min", command: "node infra-tests/fuzz/main.ts 600" },
  crowd: { name: "1,000 hostile clients", command: "node infra-tests/fuzz/crowd/main.ts" },
  quickDeploys: {
    name: "deploys, quick",
    command: `${CONTAINER_TEST} infra-tests/deploys/quick.test.ts`,
  },
  deploys: { name: "deploys", command: `${CONTAINER_TEST} infra-tests/deploys/*.test.ts` },
  edges: {
    name: "two edges",
    command: `${CONTAINER_TEST} infra-tests/edges/*.test.ts`,
  },
  backups: {
    name: "backups and restores",
    command: `${CONTAINER_TEST} infra-tests/backups/*.test.ts`,
  },
  maintenance: {
    name: "pause and maintenance",
    command: `${CONTAINER_TEST} infra-tests/maintenance/*.test.ts`,
    images: ["nginx"],
  },
  canary: { name: "canaries", command: `${CONTAINER_TEST} infra-tests/canary/*.test.ts` },
  servers: {
    name: "a server of one's own",
    command: `${CONTAINER_TEST} infra-tests/servers/*.test.ts`,
  },
  jobs: {
    name: "background jobs and accessories",
    command: `${CONTAINER_TEST} infra-tests/jobs/*.test.ts`,
    images: ["redis", "mail"],
  },
  kubernetes: {
    name: "a cluster: rolling updates, refusals, rollbacks",
    command: `${CONTAINER_TEST} infra-tests/kubernetes/*.test.ts`,
  },
  observe: {
    name: "what runs can be seen",
    command: `${CONTAINER_TEST} infra-tests/observe/*.test.ts`,
    images: ["playwright"],
  },
  chaos: {
    name: "faults on purpose",
    command: "node infra-tests/chaos/main.ts",
    images: ["k6"],
  },
  traces: {
    name: "traces in a real collector",
    command: `${CONTAINER_TEST} infra-tests/traces/*.test.ts`,
  },
  bench: {
    name: "this chain beside others",
    command: "node infra-tests/bench/main.ts",
    images: ["nginx"],
  },
  benchProof: {
    name: "what costs more is shown as costing more",
    command: `${CONTAINER_TEST} infra-tests/bench/proof/*.test.ts`,
    images: ["nginx"],
  },
  benchCheck: {
    name: "no ratio worse than recorded",
    command: "node infra-tests/bench/check.ts",
    images: ["nginx"],
  },
} satisfies Record<string, TestStage>;

export type Plan = Readonly<Record<"checks" | "suites", readonly TestStage[]>>;

const only = (suite: TestStage): Plan => ({ checks: [], suites: [suite] });

/** What `node deploy/test.ts PLAN` runs, by the name of the make target. */
export const PLANS: Readonly<Record<string, Plan>> = {
  check: { checks, suites: [] },
  test: {
    checks,
    suites: [SUITES.quickFuzz, SUITES.firstRun, SUITES.quickStack, SUITES.quickContract],
  },
  prove: {
    checks,
    suites: [
      ...[SUITES.services, SUITES.firstRun, SUITES.tiers, SUITES.fullStack, SUITES.contract],
      ...[SUITES.tls, SUITES.walk, SUITES.observe, SUITES.deploys, SUITES.edges, SUITES.backups],
      ...[
        SUITES.jobs,
        SUITES.maintenance,
        SUITES.canary,
        SUITES.servers,
        SUITES.kubernetes,
        SUITES.chaos,
      ],
      ...[SUITES.project, SUITES.traces, SUITES.measures, SUITES.slow],
      ...[SUITES.fuzz, SUITES.crowd, SUITES.benchProof, SUITES.benchCheck],
    ],
  },
  e2e: only(SUITES.e2e),
  load: only(SUITES.load),
  contract: only(SUITES.contract),
  tls: only(SUITES.tls),
  slow: only(SUITES.slow),
  walk: only(SUITES.walk),
  tiers: only(SUITES.tiers),
  project: only(SUITES.project),
  "quick-deploys": only(SUITES.quickDeploys),
  deploys: only(SUITES.deploys),
  edges: only(SUITES.edges),
  backups: only(SUITES.backups),
  maintenance: only(SUITES.maintenance),
  canary: only(SUITES.canary),
  servers: only(SUITES.servers),
  jobs: only(SUITES.jobs),
  kubernetes: only(SUITES.kubernetes),
  observe: only(SUITES.observe),
  chaos: only(SUITES.chaos),
  traces: only(SUITES.traces),
  bench: only(SUITES.bench),
  "bench-check": only(SUITES.benchCheck),
};

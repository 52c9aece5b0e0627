/** A folder of this repository that is published as a package. */
export interface Source {
  readonly folder: string;
  /** Files beside the modules that its entries reach, as globs below the folder. */
  readonly files: readonly string[];
  /** Files of other folders: where they lie here, and in the package. */
  readonly others?: Readonly<Record<string, string>>;
}

/** The examples that `make new` makes a project of, and what they share. */
const STARTERS = ["common", "express", "fastify", "hono", "nest", "next", "node"];

/** What is ours, each after what it needs. */
export const SOURCES: readonly Source[] = [
  { folder: "packages/http", files: [] },
  { folder: "packages/settings", files: [] },
  { folder: "packages/telemetry", files: ["health.pl"] },
  { folder: "packages/processes", files: [] },
  { folder: "services/web", files: [] },
  { folder: "services/gateway", files: ["worker/preload.cjs"] },
  { folder: "services/jobs", files: [] },
  {
    folder: "deploy",
    files: [
      "{tiers,jobs}.yaml",
      "{accessories,database,releases,backups}/*.{yaml,sql,sh,service,timer}",
      "bare-machine/base-images/*/**",
    ],
    others: {
      templates: "templates",
      ...Object.fromEntries(STARTERS.map((name) => [`examples/${name}`, `templates/${name}`])),
    },
  },
  // k6 strips the types itself, and imports an application's journeys by their own names.
  { folder: "infra-tests", files: ["compose.test.yaml", "e2e/Dockerfile", "load/script/**/*.ts"] },
];

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cloneEnvironment, root } from "./clone.ts";
import { testLabel } from "./projects.ts";
import { run } from "./run.ts";
import type { Stack } from "./stack.ts";

export interface Tool {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Read-only files and folders of this machine, by their path in the container. */
  readonly mounts: Readonly<Record<string, string>>;
  /** Folders of this machine that it may write, by their path in the container. */
  readonly writes?: Readonly<Record<string, string>>;
  /** The folder in `reports/` that is `/reports`, writable, in the container. */
  readonly reports: string;
}

/**
 * Runs a test tool in a container on the stack's `front` network, where the site is https://web:8443
 * and http://web:8080, as the user who runs the tests.
 * @returns its exit code
 */
export async function runTool(stack: Stack, tool: Tool): Promise<number> {
  const reports = join(root, "reports", tool.reports);
  mkdirSync(reports, { recursive: true });
  const environment = Object.entries(tool.environment);
  const mounts = Object.entries(tool.mounts);
  const writes = Object.entries(tool.writes ?? {});
  return await run("docker", [
    ...["run", "--rm", "--init", "--label", `${testLabel}=${stack.project}`],
    ...["--network", await stack.network("front")],
    ...["--user", `${process.getuid?.() ?? 1000}:${process.getgid?.() ?? 1000}`],
    ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ...["--tmpfs", "/tmp:mode=1777,exec", "--shm-size", "512m", "--volume", `${reports}:/reports`],
    ...mounts.flatMap(([inside, outside]) => ["--volume", `${outside}:${inside}:ro`]),
    ...writes.flatMap(([inside, outside]) => ["--volume", `${outside}:${inside}`]),
    ...environment.flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...["--workdir", "/tmp", tool.image, ...tool.command],
  ]);
}

const playwright: { version: string } = createRequire(import.meta.url)(
  "@playwright/test/package.json",
);

/** The official images. That of the browsers must have exactly the version that npm installed. */
const official = {
  NODE_IMAGE: "node:26.10.0-trixie-slim",
  K6_IMAGE: "grafana/k6:2.2.0",
  POSTGRES_IMAGE: "postgres:17.6-trixie",
  PLAYWRIGHT_IMAGE: `mcr.microsoft.com/playwright:v${playwright.version}-noble`,
} as const;

/** The image of a test tool: from the environment, `.env`, or the official one. */
export function imageOf(variable: keyof typeof official): string {
  return process.env[variable] || cloneEnvironment()[variable] || official[variable];
}

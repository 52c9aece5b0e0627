import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./clone.ts";
import { testLabel } from "./project-name.ts";
import { run } from "./run.ts";
import type { Stack } from "./stack.ts";

export interface Tool {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Files and folders of the host to read, by the path that they get in the container. */
  readonly mounts: Readonly<Record<string, string>>;
  /** The folder under `reports/` that the container sees, writable, as `/reports`. */
  readonly reports: string;
}

/**
 * Runs a test tool in a container on the stack's `front` network, where the site is https://web:8443
 * and http://web:8080, with the rights of the user who runs the tests. Its exit code.
 */
export async function runTool(stack: Stack, tool: Tool): Promise<number> {
  const reports = join(root, "reports", tool.reports);
  mkdirSync(reports, { recursive: true });
  const environment = Object.entries(tool.environment);
  const mounts = Object.entries(tool.mounts);
  return await run("docker", [
    ...["run", "--rm", "--init", "--label", `${testLabel}=${stack.project}`],
    ...["--network", await stack.network("front")],
    ...["--user", `${process.getuid?.() ?? 1000}:${process.getgid?.() ?? 1000}`],
    ...["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ...["--tmpfs", "/tmp:mode=1777,exec", "--shm-size", "512m", "--volume", `${reports}:/reports`],
    ...mounts.flatMap(([inside, outside]) => ["--volume", `${outside}:${inside}:ro`]),
    ...environment.flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...["--workdir", "/tmp", tool.image, ...tool.command],
  ]);
}

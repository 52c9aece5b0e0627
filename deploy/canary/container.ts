import { run } from "../command.ts";
import type { Release } from "../releases/release.ts";
import { type Inspected, inspect } from "../stack/inspected.ts";

/** The label of the container, with what it runs. So a canary has no record that could say something else. */
export const LABEL = "gatehouse.canary";

/** The name by which the edge finds it, beside "app". */
export const CANARY_SERVICE = "app-canary";

/** A release on trial: one container beside the replicas. */
export interface Canary {
  readonly inspected: Inspected;
  readonly release: Release;
  readonly commit: string;
  /** ISO 8601. */
  readonly since: string;
}

/** The name of the container of a project's canary. */
export const canaryName = (project: string): string => `${project}-${CANARY_SERVICE}`;

/** The canary of a project, whether its container runs or not; undefined if there is none. */
export async function findCanary(project: string): Promise<Canary | undefined> {
  const args = [
    "ps",
    "--all",
    "--quiet",
    "--no-trunc",
    "--filter",
    `name=^/?${canaryName(project)}$`,
  ];
  const [id] = (await run("docker", args)).stdout.split("\n").filter(Boolean);
  const [inspected] = await inspect(id === undefined ? [] : [id]);
  const label = inspected?.Config.Labels[LABEL];
  if (inspected === undefined || label === undefined) return undefined;
  return { inspected, ...JSON.parse(label) };
}

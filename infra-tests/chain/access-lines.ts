import { until } from "../stack/deadline.ts";
import { docker, logOf } from "../stack/docker.ts";
import { tails } from "../stack/logs.ts";
import type { Stack } from "../stack/stack.ts";

export interface AccessLine {
  readonly tier: "web" | "gateway" | "app";
  readonly message: string;
  readonly request_id: string;
  readonly traceparent: string;
  readonly trace_id: string;
  /** The application's own line need not have it. */
  readonly client?: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
}

/** The access lines of a request id that are in the logs of all tiers now. */
export async function accessLines(stack: Stack, requestId: string): Promise<AccessLine[]> {
  const containers = [...(await stack.containers("web")), ...(await stack.containers("app"))];
  const logs = await Promise.all(containers.map(({ Id }) => logOf(docker.getContainer(Id))));
  return logs
    .flatMap((log) => log.split("\n"))
    .filter((line) => line.includes(requestId) && line.startsWith("{"))
    .map((line): AccessLine => JSON.parse(line))
    .filter((line) => line.message === "access" && line.request_id === requestId);
}

/** The same, after each of these tiers has written at least one. */
export async function accessLinesOf(
  stack: Stack,
  requestId: string,
  tiers: readonly string[],
): Promise<AccessLine[]> {
  return await until(
    `access lines of ${tiers.join(", ")} with the request id ${requestId}`,
    async () => {
      const lines = await accessLines(stack, requestId);
      return tiers.every((tier) => lines.some((line) => line.tier === tier)) && lines;
    },
    { within: 5_000, evidence: () => tails(stack, "web", "app") },
  );
}

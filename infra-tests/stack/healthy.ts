import type Docker from "dockerode";
import { until } from "./deadline.ts";
import { logOf } from "./logs.ts";

/** Waits until Docker finds a container healthy, for a minute at most. */
export async function healthy(container: Docker.Container): Promise<void> {
  await until(
    "the container is healthy",
    async () => (await container.inspect()).State.Health?.Status === "healthy",
    { within: 60_000, evidence: () => logOf(container, 15) },
  );
}

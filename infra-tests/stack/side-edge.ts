import type Docker from "dockerode";
import { until } from "./deadline.ts";
import { docker, logOf } from "./docker.ts";
import { call } from "./http.ts";
import { testLabel } from "./projects.ts";
import type { Edge, Stack } from "./stack.ts";

/** An edge that runs beside the stack's own, in front of the same replicas. */
export interface SideEdge extends AsyncDisposable {
  readonly edge: Edge;
  readonly container: Docker.Container;
  /** Where it serves, on the stack's network. */
  readonly origin: string;
}

/**
 * Starts a second edge in the network namespace of the stack's own, on the same ports, as a release
 * would to replace it. It may not be ready yet.
 */
export async function startSuccessor(stack: Stack): Promise<Docker.Container> {
  const { Config, HostConfig } = await (await stack.container("web")).inspect();
  const container = await docker.createContainer({
    Image: Config.Image,
    User: Config.User,
    Env: Config.Env,
    Healthcheck: Config.Healthcheck,
    Labels: { [testLabel]: stack.project },
    HostConfig: { ...HostConfig, RestartPolicy: { Name: "no" } },
  });
  await container.start();
  return container;
}

/**
 * Starts an edge with the settings and limits that Compose gives it, but in a network namespace of
 * its own: two of them cannot share one without sharing the load too.
 * @param changes variables that it has beside those of Compose
 */
export async function startSideEdge(
  stack: Stack,
  edge: Edge,
  changes: readonly string[] = [],
): Promise<SideEdge> {
  const { Config, HostConfig } = await (await stack.container("web")).inspect();
  const container = await docker.createContainer({
    Image: `${stack.project}/${edge}:local`,
    User: Config.User,
    Env: [...Config.Env, "WEB_NAMESPACE_FILE=", ...changes],
    // A health check would add processor time to the measurement.
    Healthcheck: { Test: ["NONE"] },
    Labels: { [testLabel]: stack.project },
    HostConfig: {
      ...HostConfig,
      NetworkMode: await stack.network("back"),
      RestartPolicy: { Name: "no" },
    },
  });
  await container.start();
  const { NetworkSettings } = await container.inspect();
  const [network] = Object.values(NetworkSettings.Networks);
  const origin = `http://${network?.IPAddress}:8080`;
  const admin = `http://${network?.IPAddress}:9100/readyz`;
  const ready = until(`${edge} is ready`, async () => (await call(admin)).status === 200, {
    within: 30_000,
    evidence: () => logOf(container, 20),
  });
  const ended = container.wait().then(async () => {
    throw new Error(`${edge} has ended: ${await logOf(container, 20)}`);
  });
  // The race is decided by the first of them; the other must not become an unhandled rejection.
  for (const outcome of [ready, ended]) outcome.catch(() => undefined);
  await Promise.race([ready, ended]);
  const remove = () => container.remove({ force: true });
  return { edge, container, origin, [Symbol.asyncDispose]: remove };
}

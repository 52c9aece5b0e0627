import type Docker from "dockerode";
import { until } from "../stack/deadline.ts";
import { docker } from "../stack/docker.ts";
import { call } from "../stack/http.ts";
import { logOf } from "../stack/logs.ts";
import type { Edge } from "../stack/own-stack.ts";
import { testLabel } from "../stack/project-name.ts";
import type { Stack } from "../stack/stack.ts";

/** An edge that runs beside the stack's own, in front of the same replicas. */
export interface BenchedEdge extends AsyncDisposable {
  readonly edge: Edge;
  readonly container: Docker.Container;
  /** Where it serves, on the stack's network. */
  readonly origin: string;
}

/**
 * Starts an edge with the settings and limits that Compose gives it, but in a network namespace of
 * its own: two of them cannot share one without sharing the load too.
 */
export async function startEdge(stack: Stack, edge: Edge): Promise<BenchedEdge> {
  const { Config, HostConfig } = await (await stack.container("web")).inspect();
  const container = await docker.createContainer({
    Image: `${stack.project}/${edge}:local`,
    User: Config.User,
    Env: [...Config.Env, "WEB_NAMESPACE_FILE="],
    // A check would be work that no request has caused.
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
  await until(`${edge} serves`, async () => (await call(origin)).status === 200, {
    within: 30_000,
    evidence: () => logOf(container, 20),
  });
  const remove = () => container.remove({ force: true });
  return { edge, container, origin, [Symbol.asyncDispose]: remove };
}

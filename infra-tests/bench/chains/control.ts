import { until } from "../../stack/deadline.ts";
import { docker } from "../../stack/docker.ts";
import { call } from "../../stack/http.ts";
import { testLabel } from "../../stack/projects.ts";
import type { Chain } from "./chain.ts";
import { buildNginx } from "./plain-edge.ts";

export interface Control extends Pick<Chain, "http" | "https" | "network">, AsyncDisposable {}

/** Starts a server that sends an empty page at once, on a network of a chain: the client's own share. */
export async function startControl(network: string, project: string): Promise<Control> {
  const container = await docker.createContainer({
    Image: await buildNginx(),
    Cmd: ["nginx", "-c", "/bench/control.conf", "-g", "daemon off;"],
    Labels: { [testLabel]: project },
    HostConfig: { NetworkMode: network },
  });
  await container.start();
  const { NetworkSettings } = await container.inspect();
  const [joined] = Object.values(NetworkSettings.Networks);
  const http = `http://${joined?.IPAddress}:8080`;
  await until("the empty responder serves", async () => (await call(http)).status === 200, {
    within: 30_000,
  });
  const remove = () => container.remove({ force: true });
  return { http, https: http, network, [Symbol.asyncDispose]: remove };
}

import type Docker from "dockerode";
import { until } from "../../stack/deadline.ts";
import { docker, logOf } from "../../stack/docker.ts";
import { call } from "../../stack/http.ts";
import { testLabel } from "../../stack/projects.ts";
import { build, NGINX_IMAGE } from "../images.ts";
import type { Logs } from "../options.ts";
import type { Project } from "./project.ts";

/** The nginx of the peers, as its documentation has it. */
export function buildNginx(): Promise<string> {
  return build({ name: "nginx", folder: "peers/nginx", args: { NGINX_IMAGE } });
}

/** Starts a plain nginx in front of the replicas of our stack. */
export async function startPlainEdge(
  project: Project,
  logs: Logs,
): Promise<AsyncDisposable & { readonly container: Docker.Container }> {
  const { HostConfig } = await (await project.container("web")).inspect();
  const container = await docker.createContainer({
    Image: await buildNginx(),
    Env: [`LOGS=${logs}`, "PASS=proxy", "UPSTREAM=app:8000"],
    Labels: { [testLabel]: project.project },
    HostConfig: {
      // The same certificate and files.
      Mounts: HostConfig.Mounts ?? [],
      Binds: HostConfig.Binds ?? [],
      LogConfig: HostConfig.LogConfig,
      NetworkMode: await project.network("back"),
    },
  });
  await container.start();
  const url = `http://${await project.addressOn("back", container.id)}:8080/plain`;
  await until("the plain nginx serves", async () => (await call(url)).status === 200, {
    within: 30_000,
    evidence: () => logOf(container, 20),
  });
  return { container, [Symbol.asyncDispose]: () => container.remove({ force: true }) };
}

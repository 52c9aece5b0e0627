import { createServer } from "node:net";
import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { valuesOf } from "../env/environment.ts";
import { type Container, listContainers } from "../stack/containers.ts";
import { bad, type Check, type Finding, good } from "./finding.ts";
import { portOwner } from "./port-owner.ts";

/** The two published ports: free, or already published by this very stack. */
export const portsCheck: Check = {
  name: "ports",
  needs: ["settings"],
  check: async ({ clone, environment }) => {
    const { bind, httpPort, httpsPort, project } = valuesOf(environment);
    const containers = await listContainers(project || clone.project);
    return [
      await portFinding(bind, httpPort, "PUBLISH_HTTP_PORT", containers),
      await portFinding(bind, httpsPort, "PUBLISH_HTTPS_PORT", containers),
    ];
  },
};

async function portFinding(
  bind: string,
  port: number,
  variable: string,
  containers: readonly Container[],
): Promise<Finding> {
  const address = `${bind}:${port}`;
  if (containers.some(({ ports }) => ports.includes(`${address}->`))) {
    return good(`${address} is this stack's own`);
  }
  switch (await bindError(bind, port)) {
    case undefined:
      return good(`${address} is free`);
    case "EADDRINUSE": {
      const owner = await portOwner(port);
      return bad(`${address} is taken by ${owner}: stop that, or change ${variable} in .env`);
    }
    case "EADDRNOTAVAIL":
      return bad(
        `${bind} is no address of this host: change PUBLISH_BIND in .env`,
        CONFIG_EXIT_CODE,
      );
    default:
      // A port below 1024 is closed to this user, but not to the engine that will bind it.
      return good(`${address} could not be tried by this user`);
  }
}

/** Why an address and port cannot be listened on, as the system's error code. */
export function bindError(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

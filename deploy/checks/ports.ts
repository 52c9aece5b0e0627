import { createServer } from "node:net";
import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { run } from "../command.ts";
import { projectOf, valuesOf } from "../env/environment.ts";
import { type Container, listContainers } from "../stack/containers.ts";
import { bad, type Check, type Finding, good, warning } from "./check.ts";
import { publishedFault } from "./published.ts";

const ALL = "0.0.0.0";

/** The two published ports are free, or this stack publishes them already. */
export const portsCheck: Check = {
  name: "ports",
  needs: ["settings"],
  check: async ({ clone, environment }) => {
    const { bind, httpPort, httpsPort } = valuesOf(environment);
    const containers = await listContainers(projectOf(clone, environment));
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
    const fault = await publishedFault(bind, port);
    return fault === undefined ? good(`${address} is published by this stack`) : warning(fault);
  }
  // Between one address and all of them, this stack's own listener is in the way; Compose ends it first.
  const own = containers.some(({ ports }) =>
    ports.includes(bind === ALL ? `:${port}->` : `${ALL}:${port}->`),
  );
  if (own)
    return good(`${address} is published by this stack on another address: its edge restarts`);
  switch (await bindError(bind, port)) {
    case undefined:
      return good(`${address} is free`);
    case "EADDRINUSE": {
      const owner = (await containerOn(port)) ?? (await programOn(port)) ?? "another program";
      return bad(`${address} is taken by ${owner}: stop it, or change ${variable} in .env`);
    }
    case "EADDRNOTAVAIL":
      return bad(
        `${bind} is not an address of this machine: change PUBLISH_BIND in .env`,
        CONFIG_EXIT_CODE,
      );
    default:
      // This user may not bind a port below 1024; the engine may.
      return good(`${address} could not be checked by this user`);
  }
}

/** The error code of listening on an address and port; undefined if it works. */
export function bindError(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

/** The container that listens on a port, as far as this user may see it. */
async function containerOn(port: number): Promise<string | undefined> {
  const { stdout } = await run("docker", [
    ...["ps", "--filter", `publish=${port}`],
    ...["--format", '{{.Names}}\t{{.Label "com.docker.compose.project.working_dir"}}'],
  ]);
  const [name, folder] = stdout.trim().split("\n")[0]?.split("\t") ?? [];
  if (!name) return undefined;
  return folder ? `the container ${name} (started from ${folder})` : `the container ${name}`;
}

async function programOn(port: number): Promise<string | undefined> {
  const ss = await run("ss", ["-Hltnp", `sport = :${port}`]);
  const listed = /users:\(\("([^"]+)",pid=(\d+)/.exec(ss.stdout);
  if (listed !== null) return `${listed[1]} (process ${listed[2]})`;
  const lsof = await run("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const found = /p(\d+)\nc(.+)/.exec(lsof.stdout);
  return found === null ? undefined : `${found[2]} (process ${found[1]})`;
}

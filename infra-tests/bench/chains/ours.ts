import type Docker from "dockerode";
import { siteModule } from "../../stack/clone.ts";
import { call } from "../../stack/http.ts";
import { freePorts } from "../../stack/ports.ts";
import { startSideEdge } from "../../stack/side-edge.ts";
import { prepareStories } from "../../stack/stories.ts";
import { putAsset } from "../asset.ts";
import { createFortunes } from "../fortunes.ts";
import { build, NODE_IMAGE } from "../images.ts";
import type { Logs } from "../options.ts";
import type { Chain } from "./chain.ts";
import { startPlainEdge } from "./plain-edge.ts";
import { nginxVersion, Project, packageVersions } from "./project.ts";
import type { OURS } from "./table.ts";

type Name = (typeof OURS)[number];

/** The application of the chains that are compared, in the image of `hono`. */
const HONO = "bench/app.ts";

/**
 * Starts our own stack with the defaults of `make up`: two replicas and every guard. It serves the Hono
 * application, and a second one, for `site`, that of the clone. `twin` and `plain` are other edges before
 * the same replicas.
 * @param owner what ends with it
 */
export async function startOurs(
  names: readonly Name[],
  logs: Logs,
  owner: AsyncDisposableStack,
): Promise<Chain[]> {
  const chains: Chain[] = [];
  const compared = names.filter((name) => name !== "site");
  if (compared.length > 0) chains.push(...(await startCompared(compared, logs, owner)));
  if (names.includes("site")) {
    const project = await startProject(siteModule(), logs, owner);
    await prepareStories(project);
    const own = await ownEdge(project);
    chains.push({ ...own, name: "site", versions: [edgesOf(own)] });
  }
  return chains;
}

async function startCompared(
  names: readonly Name[],
  logs: Logs,
  owner: AsyncDisposableStack,
): Promise<Chain[]> {
  const project = await startProject(HONO, logs, owner);
  await createFortunes(await project.container("db"), "gatehouse", "gatehouse_owner");
  await putAsset(await project.container("assets"));
  const own = await ownEdge(project);
  const [replica] = own.tiers.app;
  if (replica === undefined) throw new Error("our stack runs without a replica");
  const versions = await packageVersions(replica, "/gatehouse/bench", ["hono", "postgres"]);
  const chains: Chain[] = [];
  for (const name of names) {
    if (name === "ours") {
      chains.push({ ...own, name, versions: [edgesOf(own), ...versions] });
      continue;
    }
    const { container } = owner.use(
      name === "twin" ? await startTwin(project, logs) : await startPlainEdge(project, logs),
    );
    chains.push({
      ...{ ...own, name, versions: [await nginxVersion(container), ...versions] },
      tiers: { ...own.tiers, edge: [container] },
      network: await project.network("back"),
      ...origins(await project.addressOn("back", container.id)),
    });
  }
  return chains;
}

async function startTwin(project: Project, logs: Logs) {
  await project.compose(["build", "web"], { EDGE: "nginx" });
  const tag = `${project.project}/nginx:local`;
  if (logs === "off") {
    await build({ name: "twin", folder: "peers/twin", args: { TWIN_IMAGE: tag }, tag });
  }
  return await startSideEdge(project, "nginx");
}

/** Starts a project that ends with the owner. @param app the module that the gateway loads */
async function startProject(
  app: string,
  logs: Logs,
  owner: AsyncDisposableStack,
): Promise<Project> {
  const [http, https] = await freePorts();
  const log = logs === "on" ? "-" : "off";
  const project = owner.use(
    new Project("compose.yaml", {
      PUBLISH_BIND: "127.0.0.1",
      PUBLISH_HTTP_PORT: String(http),
      PUBLISH_HTTPS_PORT: String(https),
      APP: app,
      BUILD_APP: "app",
      EDGE: "web",
      EDGES: process.env.EDGES || "1",
      REPLICAS: "2",
      RELEASE_WEB: "",
      RELEASE_APP: "",
      DATABASE_URL: "",
      WEB_HTTPS: "serve",
      WEB_ACCESS_LOG: log,
      GATEWAY_ACCESS_LOG: log,
    }),
  );
  process.stdout.write(`starting Gatehouse with ${app}, access logs ${logs}\n`);
  // The Hono application is added to this image later: the build cannot link it.
  await project.compose(["build"], { APP: siteModule() });
  const release = app === HONO ? "hono:local" : "app:local";
  if (app === HONO) {
    const args = { NODE_IMAGE, APP_IMAGE: `${project.project}/app:local` };
    const tag = `${project.project}/${release}`;
    await build({ name: "hono", folder: "peers/hono", target: "gatehouse", args, tag });
  }
  await project.up([], { RELEASE_APP: release });
  return project;
}

/** What a project has by itself, and how many workers its gateways say that they run. */
async function ownEdge(project: Project): Promise<Omit<Chain, "name" | "versions">> {
  const app = await project.all("app");
  const size = async ({ id }: Docker.Container): Promise<number> => {
    const url = `http://${await project.addressOn("back", id)}:9200/status`;
    return JSON.parse((await call(url)).text).size;
  };
  const sizes = await Promise.all(app.map(size));
  const port = await project.container("edge-port");
  return {
    tiers: { edge: await project.all("web"), app, db: await project.all("db") },
    network: await project.network("front"),
    ...origins(await project.addressOn("front", port.id)),
    workers: sizes.reduce((sum, one) => sum + one, 0),
  };
}

function edgesOf({ tiers: { edge } }: Pick<Chain, "tiers">): string {
  return edge.length === 1 ? "1 edge" : `${edge.length} edges`;
}

function origins(address: string) {
  return { http: `http://${address}:8080`, https: `https://${address}:8443` };
}

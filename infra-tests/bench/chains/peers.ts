import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { root } from "../../stack/clone.ts";
import { makeAssets } from "../asset.ts";
import { POSTGRES_IMAGE } from "../images.ts";
import type { Logs } from "../options.ts";
import type { Chain } from "./chain.ts";
import { NO_IMAGES, PEERS, type PeerName } from "./peer-table.ts";
import { Project } from "./project.ts";

/**
 * Starts peers, each with a web server and an application of its own, and one Postgres for all.
 * @param workers worker processes of each
 * @param owner what ends with them
 */
export async function startPeers(
  names: readonly PeerName[],
  logs: Logs,
  workers: number,
  owner: AsyncDisposableStack,
): Promise<Chain[]> {
  if (names.length === 0) return [];
  const images: Record<string, string> = {};
  for (const name of names) Object.assign(images, await PEERS[name].images());
  const project = owner.use(
    new Project("infra-tests/bench/peers/compose.yaml", {
      ...NO_IMAGES,
      ...images,
      POSTGRES: POSTGRES_IMAGE,
      ASSETS: await makeAssets(),
      SECRETS: join(root, "secrets"),
      DATABASE_PASSWORD: randomBytes(16).toString("hex"),
      LOGS: logs,
      WORKERS: String(workers),
    }),
  );
  process.stdout.write(`starting ${names.join(", ")}, access logs ${logs}\n`);
  await project.up(names);
  const db = await project.all("db");
  const network = await project.network("default");
  return await Promise.all(
    names.map(async (name): Promise<Chain> => {
      const edge = await project.container(name);
      const app = await project.all(`${name}-app`);
      const address = await project.addressOn("default", edge.id);
      return {
        ...{ name, network, workers, tiers: { edge: [edge], app, db } },
        http: `http://${address}:8080`,
        https: `https://${address}:8443`,
        versions: await PEERS[name].versions(edge, app[0] ?? edge),
      };
    }),
  );
}

import type { Clone } from "../clone.ts";
import { findImage } from "../docker.ts";
import { isStandIn } from "../images.ts";
import { Stages } from "../stages.ts";
import type { Tree } from "./checkout.ts";
import type { Connection } from "./connection.ts";
import type { Environment } from "./environment.ts";
import { withSecrets } from "./secrets.ts";
import { quoted } from "./shell.ts";
import { readSite, toolsetsFolder } from "./site.ts";
import { sendTools, toolsetName } from "./tools.ts";
import { transfer } from "./transfer.ts";
import { commitHere, sendCommit } from "./tree.ts";

/** Sends all that a command needs that deploys the commit: settings and tree. */
export async function sendEverything(
  clone: Clone,
  environment: Environment,
  connection: Connection,
): Promise<{ readonly tree: Tree; readonly deployed: boolean }> {
  const { server } = environment;
  const stages = new Stages();
  const folder = toolsetsFolder(environment);
  let tree: Tree | undefined;
  let deployed = false;
  await stages.run(`${server.host}, as ${connection.user}`, async (say) => {
    const { stack, application } = await withSecrets(clone, environment);
    const commit = await commitHere(clone);
    const site = await readSite(environment, connection);
    deployed = site.deployed;
    const toolset = await toolsetName(clone, site.machine);
    tree = {
      commit: commit.id,
      tools: `${folder}/${toolset}`,
      settings: { stack, application },
    };
    if (!site.toolsets.includes(toolset)) {
      say("sending Node and its packages");
      await sendTools(clone, connection, toolset, folder);
    }
    await sendStandIns(stack, connection, say);
    await sendCommit(clone, connection, commit, server.folder);
    if (commit.differing > 0) {
      say(
        `${commit.differing} changed files are in no commit, and are not sent: git commit sends them`,
      );
    }
    return `sent ${commit.title}`;
  });
  if (tree === undefined) throw new Error("unreachable: the stage sets it or throws");
  return { tree, deployed };
}

/** Sends the base images that the environment names and that only a machine of ours can have. */
async function sendStandIns(
  stack: Readonly<Record<string, string>>,
  connection: Connection,
  say: (line: string) => void,
): Promise<void> {
  for (const [name, image] of Object.entries(stack)) {
    if (!name.endsWith("_IMAGE") || !isStandIn(image)) continue;
    const ours = await findImage(image);
    if (ours === undefined) continue;
    const { stdout } = await connection.run(
      `docker image inspect --format '{{.Id}}' ${quoted(image)} 2>/dev/null || :`,
    );
    if (stdout.trim() === ours.id) continue;
    say(`sending the image ${image}, ${Math.round(ours.size / 1e6)} MB`);
    await transfer(connection, ["docker", ["save", image]], "docker load --quiet", image);
  }
}

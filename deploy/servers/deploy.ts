import type { Clone } from "../clone.ts";
import { findImage } from "../docker.ts";
import { isStandIn } from "../images.ts";
import { Stages } from "../stages.ts";
import type { Connection } from "./connection.ts";
import type { Environment } from "./environment.ts";
import { withSecrets } from "./secrets.ts";
import { quoted } from "./shell.ts";
import { readSite, toolsFolder } from "./site.ts";
import { sendTools, toolsName } from "./tools.ts";
import { transfer } from "./transfer.ts";
import { commitHere, sendCommit } from "./tree.ts";
import type { Work } from "./work.ts";

/** What a command that deploys the commit does on the server, after all that it needs is there. */
export async function sendEverything(
  clone: Clone,
  environment: Environment,
  connection: Connection,
): Promise<{ readonly tree: NonNullable<Work["tree"]>; readonly deployed: boolean }> {
  const { server } = environment;
  const stages = new Stages();
  const sets = toolsFolder(environment);
  let tree: Work["tree"];
  let deployed = false;
  await stages.run(`${server.host}, as ${connection.user}`, async (say) => {
    const { stack, application } = await withSecrets(clone, environment);
    const commit = await commitHere(clone);
    const site = await readSite(environment, connection);
    deployed = site.deployed;
    const set = await toolsName(clone, site.machine);
    tree = { commit: commit.id, tools: `${sets}/${set}`, settings: { stack, application } };
    if (!site.tools.includes(set)) {
      say("sending Node and its packages");
      await sendTools(clone, connection, set, sets);
      await removeOthers(connection, sets, set);
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

/** The sets of earlier lock files; the one in use is linked into the tree, and outlives its name. */
async function removeOthers(connection: Connection, sets: string, set: string): Promise<void> {
  await connection.run(
    `cd ${quoted(sets)} && for each in *; do [ "$each" = ${quoted(set)} ] || rm -rf "$each"; done`,
  );
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

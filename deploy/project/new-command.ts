import { basename, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { exitCodeOf } from "../command.ts";
import { stoppable } from "../interruption.ts";
import { layout } from "../layout.ts";
import { buildPackages } from "../packaging/build.ts";
import type { Packages } from "../packaging/tarball.ts";
import { Problem } from "../problem.ts";
import { shown } from "../servers/shell.ts";
import { Stages } from "../stages.ts";
import { createProject, requireEmpty } from "./create.ts";
import { nameFrom, requireName, USAGE_EXIT_CODE } from "./name.ts";
import { Templates } from "./newer.ts";
import { starters } from "./starter.ts";
import { repositoryAround, requireNoWorkspace } from "./surroundings.ts";

/** What the operator asked for: text as written, "" for nothing. */
export interface Wanted {
  readonly dir: string;
  readonly name: string;
  readonly app: string;
}

/**
 * `make new DIR=../shop NAME=shop APP=hono`: a project of one's own. On a terminal it asks for what is missing.
 * @returns what to do next
 * @throws Problem
 */
export async function newProject(wanted: Wanted): Promise<string> {
  const { dir, name, app } = process.stdin.isTTY ? await ask(wanted) : wanted;
  const choices = starters(layout.templates);
  if (dir === "")
    throw new Problem("DIR= is missing: make new DIR=../shop NAME=shop APP=hono", USAGE_EXIT_CODE);
  const chosen = { name: name || nameFrom(basename(resolve(dir))), app: app || "hono" };
  requireName(chosen.name);
  if (!choices.includes(chosen.app)) {
    throw new Problem(`APP=${chosen.app}: expected ${choices.join(" or ")}`, USAGE_EXIT_CODE);
  }
  await requireEmpty(dir);
  requireNoWorkspace(dir);
  const repository = await repositoryAround(dir);
  const stages = new Stages();
  const count = await stoppable("nothing was written", async (interruption) => {
    const made: { packages?: Packages; count?: number } = {};
    await stages.run("packages", async () => {
      made.packages = await buildPackages(layout.root);
      return made.packages.version;
    });
    await stages.run("project", async () => {
      const { packages } = made;
      if (packages === undefined) throw new Error("a stage that passes has packages");
      const origin = { version: packages.version, ...chosen };
      // Those that are packed: the folders here may have more, such as node_modules.
      await using templates = await Templates.of(packages);
      made.count = await createProject(dir, [templates.folder], packages, origin, interruption);
      return `${made.count} files`;
    });
    return made.count;
  });
  return `
${chosen.name} is in ${resolve(dir)}: ${count} files, ${repository === undefined ? "committed" : `a part of the repository ${repository}, which you commit it to`}.

  cd ${shown(dir)}
  make up      # the site on http://127.0.0.1:8080/ and https://127.0.0.1:8443/
  make dev     # without containers; a changed file is served in about a second
  make test    # types, unit tests, the chain, a browser and a load smoke
`;
}

async function ask({ dir, name, app }: Wanted): Promise<Wanted> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const question = async (text: string, value: string, otherwise: string): Promise<string> =>
    value || (await terminal.question(`${text} [${otherwise}] `)).trim() || otherwise;
  try {
    const folder = await question("The folder of the new project?", dir, "../shop");
    const chosen = await question("Its name?", name, nameFrom(basename(resolve(folder))));
    const choices = starters(layout.templates).join(", ");
    return {
      dir: folder,
      name: chosen,
      app: await question(`What is it written with (${choices})?`, app, "hono"),
    };
  } catch (error) {
    // Ctrl-C and the end of the input.
    if ((error as NodeJS.ErrnoException).code !== "ABORT_ERR") throw error;
    process.stdout.write("\n");
    throw new Problem("interrupted: nothing was written", exitCodeOf("SIGINT"));
  } finally {
    terminal.close();
  }
}
